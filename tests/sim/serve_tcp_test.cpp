// `tcp serve` on a bad network: every client is counted as it comes and as it goes, and every byte.
#include <fmt/format.h>

#include "patchbay/tools/echo/services.hpp"
#include "tool_peers.hpp"

namespace patchbay::sim {
namespace {

constexpr Impairment k_bad_link = {.delay = 5ms, .jitter = 2ms, .loss = 0.02};

void expect_fine(World& world) {
  const Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
}

// --- the services --------------------------------------------------------------------------------

SIM_TEST(SimulatedTcpServe, EchoAccountsForClientsAndBytes) {
  ServedTcp served;
  Clients clients;
  int resets = 0;
  Pair pair(world, k_bad_link);
  pair.server.faults() = {
      .short_reads = 0.1, .short_writes = 0.1, .read_bytes_per_second = 500'000};
  pair.client.faults() = {.short_reads = 0.1, .read_bytes_per_second = 500'000};
  pair.server.serve(serve_tool({}, served));
  Chance chance = world.chance_for("texts");
  std::uint64_t sum = 0;
  for (int i = 0; i < 5; ++i) {
    std::string text = some_text(chance, 40'000);
    sum += text.size();
    pair.client.run(
        after(some_time(chance, 100ms), exchange(tool_at(pair.server), std::move(text), clients)));
  }
  pause_some_time(world, pair.server, 300ms, 2s);
  pause_some_time(world, pair.client, 300ms, 1s);
  world.every(300ms, [&] { resets += pair.server.reset_connection() ? 1 : 0; });
  expect_fine(world);

  served.expect_consistent();
  EXPECT_EQ(clients.answered, 5U);
  EXPECT_EQ(served.ledger.message_bytes(), served.totals.received_bytes);
  EXPECT_EQ(served.ledger.left(Parting::left) + served.ledger.left(Parting::reset),
            served.totals.clients);
  EXPECT_LE(served.totals.clients, clients.connections);
  EXPECT_LE(served.totals.received_bytes, clients.offered_bytes);
  EXPECT_LE(clients.heard_bytes, served.totals.received_bytes);
  if (resets > 0) return;
  EXPECT_EQ(served.totals.clients, 5U);
  EXPECT_EQ(served.totals.received_bytes, sum);
  EXPECT_EQ(served.totals.sent_bytes, sum);
}

// Without anybody to tell, the echo is another task, with an account of its own.
SIM_TEST(SimulatedTcpServe, AQuietEchoCountsTheSame) {
  TcpServeTotals totals;
  Clients clients;
  Pair pair(world, k_bad_link);
  pair.server.faults() = {.short_reads = 0.1, .short_writes = 0.1};
  pair.server.serve(serve_tool({}, totals, nullptr));
  Chance chance = world.chance_for("texts");
  std::uint64_t sum = 0;
  for (int i = 0; i < 4; ++i) {
    std::string text = some_text(chance, 40'000);
    sum += text.size();
    pair.client.run(exchange(tool_at(pair.server), std::move(text), clients));
  }
  pause_some_time(world, pair.server, 200ms, 2s);
  expect_fine(world);
  EXPECT_EQ(totals.clients, 4U);
  EXPECT_EQ(totals.cut_clients, 0U);
  EXPECT_EQ(totals.received_bytes, sum);
  EXPECT_EQ(totals.sent_bytes, sum);
  EXPECT_EQ(clients.heard_bytes, sum);
}

struct Lines {
  std::string text;
  std::string replies;
  std::uint64_t count = 0;
};

// Short ones, long ones, empty ones, and sometimes a last one without an end.
Lines some_lines(Chance& chance) {
  Lines lines{.count = 1 + chance.bits() % 40};
  for (std::uint64_t i = 0; i < lines.count; ++i) {
    const std::size_t most = chance.happens(0.1) ? 5000 : 50;
    const std::string line(chance.bits() % most, static_cast<char>('a' + chance.bits() % 26));
    const bool last = i + 1 == lines.count;
    const std::string_view end = last && !line.empty() && chance.happens(0.5) ? "" : "\n";
    lines.text += fmt::format("{}{}", line, end);
    lines.replies += fmt::format("<{}>{}", line, end);
  }
  return lines;
}

SIM_TEST(SimulatedTcpServe, EachLineHasItsReply) {
  ServedTcp served;
  Clients clients;
  int resets = 0;
  Pair pair(world, k_bad_link);
  pair.server.faults() = {.short_reads = 0.3, .short_writes = 0.3};
  pair.server.serve(serve_tool({.reply = *ReplyTemplate::parse("<{}>"), .lines = true}, served));
  Chance chance = world.chance_for("lines");
  std::uint64_t lines = 0;
  std::uint64_t replied = 0;
  for (int i = 0; i < 4; ++i) {
    const Lines some = some_lines(chance);
    lines += some.count;
    replied += some.replies.size();
    pair.client.run(exchange(tool_at(pair.server), some.text, some.replies, clients));
  }
  world.every(200ms, [&] { resets += pair.server.reset_connection() ? 1 : 0; });
  expect_fine(world);
  served.expect_consistent();
  EXPECT_EQ(clients.answered, 4U);
  EXPECT_GE(served.ledger.messages(), lines);
  if (resets > 0) return;
  EXPECT_EQ(served.ledger.messages(), lines);
  EXPECT_EQ(served.totals.sent_bytes, replied);
  EXPECT_EQ(clients.heard_bytes, replied);
}

SIM_TEST(SimulatedTcpServe, DiscardTakesEverythingAndSaysNothing) {
  ServedTcp served;
  Clients clients;
  Pair pair(world, k_bad_link);
  pair.server.faults() = {.short_reads = 0.2, .read_bytes_per_second = 200'000};
  pair.server.serve(serve_tool({.service = Service::discard}, served));
  Chance chance = world.chance_for("texts");
  std::uint64_t sum = 0;
  for (int i = 0; i < 3; ++i) {
    std::string text = some_text(chance, 60'000);
    sum += text.size();
    pair.client.run(exchange(tool_at(pair.server), std::move(text), "", clients));
  }
  pause_some_time(world, pair.server, 300ms, 3s);
  expect_fine(world);
  served.expect_consistent();
  EXPECT_EQ(served.ledger.left(Parting::left), 3U);
  EXPECT_EQ(served.totals.received_bytes, sum);
  EXPECT_EQ(served.totals.sent_bytes, 0U);
}

Task<Result<>> hear_characters(Endpoint server, std::size_t wanted, Clients& account) {
  auto stream = co_await TcpStream::connect(server);
  if (!stream) co_return stream.error();
  const std::string_view repeated = chargen_pattern();
  std::size_t heard = 0;
  while (heard < wanted) {
    const auto data = co_await stream->receive();
    if (!data) co_return data.error();
    if (data->empty()) co_return Error(Fault::closed, "hear characters without end");
    for (const char c : data->text()) {
      if (c != repeated[heard++ % repeated.size()]) {
        co_return Error(Fault::integrity, "hear characters in their order");
      }
    }
  }
  account.heard_bytes += heard;
  co_return ok();
}

// A client that leaves with characters unread resets the connection.
SIM_TEST(SimulatedTcpServe, CharactersWaitForASlowReader) {
  ServedTcp served;
  Clients clients;
  Pair pair(world, k_bad_link);
  pair.client.faults() = {.short_reads = 0.2, .read_bytes_per_second = 100'000};
  pair.server.serve(serve_tool({.service = Service::chargen}, served));
  for (int i = 0; i < 2; ++i) {
    pair.client.run(after(i * 100ms, hear_characters(tool_at(pair.server), 50'000, clients)));
  }
  pair.client.run(stay(1min));
  expect_fine(world);
  served.expect_consistent();
  EXPECT_EQ(served.ledger.left(Parting::reset), 2U);
  EXPECT_GE(served.totals.sent_bytes + 2 * chargen_pattern().size(), clients.heard_bytes);
  // What lies in buffers on the way is all that it is ahead.
  EXPECT_LE(served.totals.sent_bytes, clients.heard_bytes + 16'000'000);
}

// A reset that is lost leaves a client waiting that has nothing more to send, and nobody tells it
// that the power has gone: so it has a deadline of its own.
Task<Result<>> exchange_at_last(Endpoint server, std::string text, Clients& account) {
  for (;;) {
    const auto done = co_await with_deadline(Deadline::after(10s), exchange(server, text, account));
    if (done || done.error().fault() != Fault::timed_out) co_return done;
  }
}

// --- limits --------------------------------------------------------------------------------------

Task<Result<>> say_and_wait_for_the_end(Endpoint server, Duration every, int times) {
  auto stream = co_await TcpStream::connect(server);
  if (!stream) co_return stream.error();
  for (int i = 0; i < times; ++i) {
    if (const auto slept = co_await sleep_for(i == 0 ? 0s : every); !slept) co_return slept;
    if (const auto sent = co_await stream->write_all("tick"); !sent) co_return sent;
    if (const auto heard = co_await hear(*stream, "tick"); !heard) co_return heard;
  }
  const auto end = co_await stream->receive();
  if (!end) co_return end.error();
  if (!end->empty()) co_return Error(Fault::integrity, "hear the end");
  co_return ok();
}

// Writes on and on, and never reads.
Task<Result<>> say_without_listening(Endpoint server) {
  auto stream = co_await TcpStream::connect(server);
  if (!stream) co_return stream.error();
  const std::string text(100'000, 'x');
  for (;;) {
    if (const auto sent = co_await stream->write_all(text); !sent) co_return ok();
  }
}

// Far longer than the pauses of the one that goes on speaking: after a lost handshake TCP waits 3 s
// and more before it repeats what was lost.
constexpr Duration k_idle = 60s;

void idle_clients_leave(World& world) {
  ServedTcp served;
  Pair pair(world, k_bad_link);
  pair.server.serve(serve_tool({.idle = k_idle}, served));
  pair.client.run(say_and_wait_for_the_end(tool_at(pair.server), 1s, 1));
  pair.client.run(say_and_wait_for_the_end(tool_at(pair.server), 5s, 6));
  pair.client.run(say_and_wait_for_the_end(tool_at(pair.server), 30s, 0));
  pair.client.run(say_without_listening(tool_at(pair.server)));
  expect_fine(world);
  served.expect_consistent();
  EXPECT_EQ(served.ledger.left(Parting::idle), 3U);
  EXPECT_EQ(served.ledger.left(Parting::not_reading), 1U);
  for (const Duration silence : served.ledger.silences()) {
    EXPECT_GE(silence, k_idle);
    EXPECT_LT(silence, k_idle + 10ms);
  }
}
TEST(SimulatedTcpServe, WhoIsIdleHasToLeaveInTime) {
  for_each_seed({.name = "SimulatedTcpServe.WhoIsIdleHasToLeaveInTime", .calm = false},
                idle_clients_leave);
}

SIM_TEST(SimulatedTcpServe, NoMoreClientsThanItWillHave) {
  ServedTcp served;
  Clients clients;
  Pair pair(world, k_bad_link);
  pair.server.faults() = {.read_bytes_per_second = 500'000};  // so that nobody leaves at once
  pair.server.serve(serve_tool({.max_clients = 3}, served));
  for (std::uint64_t i = 0; i < 10; ++i) {
    pair.client.run(exchange(tool_at(pair.server), pattern(20'000, i), clients));
  }
  world.every(200ms, [&] { pair.server.reset_connection(); });
  expect_fine(world);
  served.expect_consistent();
  EXPECT_EQ(clients.answered, 10U);
  EXPECT_EQ(served.ledger.most(), 3U);
  EXPECT_GE(served.ledger.fulls(), 1U);
}

// The one that is answered ends the server; the others are told that there is none.
Task<Result<>> try_to_be_the_one(Endpoint server, std::string text, Clients& account) {
  const auto done = co_await exchange_at_last(server, std::move(text), account);
  if (!done && done.error().fault() != Fault::refused) co_return done;
  co_return ok();
}

SIM_TEST(SimulatedTcpServe, OnceAnswersOne) {
  ServedTcp served;
  Clients clients;
  int resets = 0;
  Pair pair(world, k_bad_link);
  pair.server.faults() = {.short_writes = 0.2};
  pair.server.run(serve_tool({.once = true}, served));
  for (std::uint64_t i = 0; i < 5; ++i) {
    pair.client.run(try_to_be_the_one(tool_at(pair.server), pattern(500, i), clients));
  }
  world.every(40ms, [&] { resets += pair.server.reset_connection() ? 1 : 0; });
  expect_fine(world);
  served.expect_consistent();
  EXPECT_EQ(served.ledger.most(), 1U);
  EXPECT_LE(clients.answered, 1U);
  EXPECT_EQ(served.totals.cut_clients, 0U);
  if (resets > 0) return;
  EXPECT_EQ(clients.answered, 1U);
  EXPECT_EQ(served.totals.clients, 1U);
  EXPECT_EQ(served.totals.sent_bytes, 500U);
}

// --- a server in need ----------------------------------------------------------------------------

// Pings all the time, and is never kept waiting for long.
Task<Result<>> keep_talking(Endpoint server, Duration time, std::uint64_t& answers) {
  auto stream = co_await TcpStream::connect(server);
  if (!stream) co_return stream.error();
  const Instant end = Loop::current().now() + time;
  while (Loop::current().now() < end) {
    if (const auto sent = co_await stream->write_all("ping"); !sent) co_return sent;
    if (const auto heard = co_await hear(*stream, "ping"); !heard) co_return heard;
    ++answers;
    if (const auto slept = co_await sleep_for(100ms); !slept) co_return slept;
  }
  co_return ok();
}

SIM_TEST(SimulatedTcpServe, WithoutDescriptorsItServesThoseItHas) {
  ServedTcp served;
  Clients late;
  std::uint64_t answers = 0;
  Pair pair(world, k_bad_link);
  pair.server.faults().descriptors = 4;  // the listener's, and three clients'
  pair.server.serve(serve_tool({}, served));
  for (int i = 0; i < 3; ++i) {
    pair.client.run(keep_talking(tool_at(pair.server), 30s, answers));
  }
  for (std::uint64_t i = 0; i < 5; ++i) {
    pair.client.run(after(20s, exchange(tool_at(pair.server), pattern(1000, i), late)));
  }
  world.run_for(25s);
  const std::uint64_t answers_before = answers;
  const auto& notices = pair.server.notices();
  if (world.options().faults) {
    EXPECT_EQ(served.ledger.here(), 3U);
    EXPECT_EQ(late.heard_bytes, 0U);  // they are in the queue
    ASSERT_EQ(notices.size(), 1U);
    EXPECT_NE(notices[0].find("out of descriptors"), std::string::npos);
  }
  expect_fine(world);
  served.expect_consistent();
  EXPECT_GE(answers, answers_before + 3 * 10);
  EXPECT_EQ(late.answered, 5U);
  EXPECT_EQ(served.totals.clients, 8U);
  EXPECT_EQ(served.totals.received_bytes, 4 * answers + 5 * 1000);
  if (world.options().faults) EXPECT_EQ(notices.size(), 1U);
}

Task<Result<>> exchange_through_death(Endpoint server, std::string text, Clients& account) {
  for (;;) {
    const auto done = co_await exchange_at_last(server, text, account);
    if (done || done.error().fault() == Fault::integrity) co_return done;
    if (const auto slept = co_await sleep_for(500ms); !slept) co_return slept;
  }
}

SIM_TEST(SimulatedTcpServe, EachOfItsLivesIsAccountedFor) {
  std::array<ServedTcp, 2> lives;
  Clients clients;
  Pair pair(world, k_bad_link);
  pair.server.faults() = {.short_reads = 0.1, .short_writes = 0.1};
  pair.server.serve(serve_tool({}, lives[0]));
  Chance chance = world.chance_for("texts");
  for (int i = 0; i < 4; ++i) {
    pair.client.run(
        exchange_through_death(tool_at(pair.server), some_text(chance, 60'000), clients));
  }
  const Duration dies = some_time(chance, 300ms);
  world.at(dies, [&] { pair.server.kill(); });
  world.at(dies + 3s, [&] {
    pair.server.restart();
    pair.server.serve(serve_tool({}, lives[1]));
  });
  expect_fine(world);
  EXPECT_EQ(clients.answered, 4U);
  std::uint64_t received = 0;
  for (const ServedTcp& life : lives) {
    life.expect_consistent();
    received += life.totals.received_bytes;
  }
  EXPECT_LE(received, clients.offered_bytes);
  EXPECT_LE(clients.heard_bytes, received);
}

}  // namespace
}  // namespace patchbay::sim
