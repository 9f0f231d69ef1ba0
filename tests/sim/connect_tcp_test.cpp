// `tcp connect` on a bad network, with a terminal that is a pair of pipes: what is typed arrives,
// what the peer says is shown, each side ends when it likes, and no deadline is overstepped.
#include "patchbay/tools/echo/connect_tcp.hpp"

#include <optional>

#include "patchbay/net/unix.hpp"
#include "patchbay/tools/echo/connect_tcp_relay.hpp"
#include "tool_peers.hpp"

namespace patchbay::sim {
namespace {

constexpr Impairment k_bad_link = {.delay = 5ms, .jitter = 2ms, .loss = 0.02};

void expect_fine(World& world) {
  const Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
}

// --- a terminal ----------------------------------------------------------------------------------

struct Pipe {
  Stream user;
  Stream tool;
};

Task<Result<Pipe>> make_pipe(std::string name) {
  auto listener = UnixListener::bind(*UnixAddress::parse("@" + name));
  if (!listener) co_return listener.error();
  auto user = co_await UnixStream::connect(listener->local());
  if (!user) co_return user.error();
  auto tool = co_await listener->accept();
  if (!tool) co_return tool.error();
  co_return Pipe{std::move(*user), std::move(*tool)};
}

// Who sits before it: types a text at once, or after having read so much, and reads to the end.
struct User {
  std::string types;
  std::string reads;  // what there has to be
  bool listens_first = false;
};

Task<Result<>> type(Stream& keys, const User& user, Event& has_read) {
  if (user.listens_first) {
    if (const auto heard = co_await has_read.wait(); !heard) co_return heard;
  }
  co_return co_await send_and_end(keys, user.types);
}

Task<Result<>> read_screen(Stream& screen, const User& user, Event& has_read) {
  if (user.reads.empty()) has_read.set();
  for (std::size_t size = 0;;) {
    const auto piece = co_await screen.receive();
    if (!piece) co_return piece.error();
    if (piece->empty() && size == user.reads.size()) co_return ok();
    const std::string_view rest = std::string_view(user.reads).substr(size);
    if (piece->empty() || !rest.starts_with(piece->text())) {
      co_return Error(Fault::integrity, "read what there has to be");
    }
    size += piece->size();
    if (size == user.reads.size()) has_read.set();
  }
}

Task<Result<>> sit_at(Stream& keys, Stream& screen, const User& user) {
  Event has_read;
  co_return co_await both(type(keys, user, has_read), read_screen(screen, user, has_read));
}

// The tool, and its terminal, which goes when the tool has ended.
using Tool = Task<Result<>> (*)(Endpoint, Stream& input, Stream& output, RelayTotals&);

Task<Result<>> run_tool(Tool tool, Endpoint at, Pipe& input, Pipe& output, RelayTotals& totals) {
  Stream keys = std::move(input.tool);
  Stream screen = std::move(output.tool);
  co_return co_await tool(at, keys, screen, totals);
}

Task<Result<>> use(Tool tool, Endpoint at, User user, RelayTotals& totals) {
  auto input = co_await make_pipe("input");
  if (!input) co_return input.error();
  auto output = co_await make_pipe("output");
  if (!output) co_return output.error();
  co_return co_await both(run_tool(tool, at, *input, *output, totals),
                          sit_at(input->user, output->user, user));
}

Task<Result<>> connect_tool(Endpoint to, Stream& input, Stream& output, RelayTotals& totals) {
  auto connection = co_await connect_tcp({.to = {to.address().to_string(), to.port()}});
  if (!connection) co_return connection.error();
  co_return co_await relay({.peer = connection->stream, .input = input, .output = output}, {},
                           totals);
}

// `tcp serve` for one client, which is joined to the terminal.
Task<Result<>> listen_tool(Endpoint, Stream& input, Stream& output, RelayTotals& totals) {
  ServedTcp served;
  TcpJoin join{.input = input, .output = output};
  const auto ended = co_await serve_tool({.join = &join}, served);
  served.expect_consistent();
  EXPECT_EQ(served.ledger.left(Parting::left), 1U);
  totals = {served.totals.sent_bytes, served.totals.received_bytes};
  co_return ended;
}

// --- both directions -----------------------------------------------------------------------------

SIM_TEST(SimulatedTcpConnect, WhatIsTypedComesBackAfterTheEnd) {
  ServedTcp served;
  RelayTotals totals;
  Pair pair(world, k_bad_link);
  pair.server.faults() = {.short_reads = 0.1, .short_writes = 0.1};
  pair.client.faults() = {
      .short_reads = 0.1, .short_writes = 0.1, .read_bytes_per_second = 1'000'000};
  Chance chance = world.chance_for("text");
  const std::string text = some_text(chance, 60'000);
  pair.server.serve(serve_tool({}, served));
  pair.client.run(use(connect_tool, tool_at(pair.server), {text, text}, totals));
  pause_some_time(world, pair.server, 200ms, 2s);
  pause_some_time(world, pair.client, 200ms, 1s);
  expect_fine(world);
  served.expect_consistent();
  EXPECT_EQ(totals.sent_bytes, text.size());
  EXPECT_EQ(totals.received_bytes, text.size());
  EXPECT_EQ(served.totals.received_bytes, text.size());
  EXPECT_EQ(served.ledger.left(Parting::left), 1U);
}

// Two people and a connection: either may end first, and the other one goes on.
SIM_TEST(SimulatedTcpConnect, EachSideEndsByItself) {
  RelayTotals here;
  RelayTotals there;
  Pair pair(world, k_bad_link);
  pair.server.faults() = {.short_reads = 0.1, .short_writes = 0.1};
  pair.client.faults() = {
      .short_reads = 0.1, .short_writes = 0.1, .read_bytes_per_second = 300'000};
  Chance chance = world.chance_for("texts");
  const std::string ours = some_text(chance, 50'000);
  const std::string theirs = chance.happens(0.2) ? "" : some_text(chance, 50'000);
  const std::uint64_t waits = chance.bits() % 3;
  pair.server.run(use(listen_tool, {}, {theirs, ours, waits == 1}, there));
  pair.client.run(use(connect_tool, tool_at(pair.server), {ours, theirs, waits == 2}, here));
  pause_some_time(world, pair.server, 200ms, 2s);
  expect_fine(world);
  EXPECT_EQ(here.sent_bytes, ours.size());
  EXPECT_EQ(there.received_bytes, ours.size());
  EXPECT_EQ(there.sent_bytes, theirs.size());
  EXPECT_EQ(here.received_bytes, theirs.size());
}

// --- one question --------------------------------------------------------------------------------

// How all that was asked has ended.
struct Asked {
  int matched = 0;
  int cut_short = 0;  // some of the answer was there
  int broken = 0;
  int late = 0;
  int unreached = 0;

  int sum() const { return matched + cut_short + broken + late + unreached; }
};

constexpr Duration k_timeout = 3s;
constexpr Duration k_patience = k_timeout + 10ms;  // a host's turns take some time

Task<Result<>> ask_over(Stream& stream, const Expectation& expect, Asked& asked) {
  const Instant begin = Loop::current().now();
  const auto answer =
      co_await ask_tcp(stream, {.question = "ready?\n", .expect = &expect, .timeout = k_timeout});
  EXPECT_LE(Loop::current().now() - begin, k_patience);
  if (answer && answer->matched) {
    EXPECT_EQ(answer->bytes, "<ready?>\n");
    EXPECT_EQ(answer->end, AnswerEnd::matched);
    ++asked.matched;
  } else if (answer) {
    EXPECT_TRUE(std::string_view("<ready?>\n").starts_with(answer->bytes));
    ++asked.cut_short;
  } else if (answer.error().fault() == Fault::timed_out) {
    EXPECT_GE(Loop::current().now() - begin, k_timeout);
    ++asked.late;
  } else {
    EXPECT_EQ(answer.error().fault(), Fault::closed) << answer.error().describe();
    ++asked.broken;
  }
  co_return ok();
}

Task<Result<>> ask_again_and_again(int times, const Expectation& expect, Asked& asked) {
  for (int i = 0; i < times; ++i) {
    const Instant begin = Loop::current().now();
    auto connection = co_await connect_tcp({.to = {"server", k_tool_port}, .timeout = k_timeout});
    EXPECT_LE(Loop::current().now() - begin, k_patience);
    if (connection) {
      if (const auto done = co_await ask_over(connection->stream, expect, asked); !done) {
        co_return done;
      }
    } else {
      ++asked.unreached;
    }
    if (const auto slept = co_await sleep_for(100ms); !slept) co_return slept;
  }
  co_return ok();
}

// Every question ends in time, in one of the ways in which questions end.
SIM_TEST(SimulatedTcpConnect, EveryQuestionEndsInTime) {
  const auto expect = Expectation::parse("<ready.>\\n");
  ASSERT_TRUE(expect);
  std::array<ServedTcp, 2> lives;
  Asked asked;
  Pair pair(world, {.delay = 5ms, .jitter = 2ms, .loss = 0.1});
  pair.server.faults() = {.short_reads = 0.3, .short_writes = 0.3};
  const TcpServeOptions options{.reply = *ReplyTemplate::parse("<{}>"), .lines = true};
  pair.server.serve(serve_tool(options, lives[0]));
  for (int i = 0; i < 3; ++i) pair.client.run(ask_again_and_again(10, *expect, asked));
  Chance chance = world.chance_for("troubles");
  const Duration cut = some_time(chance, 5s);
  world.at(cut, [&] { pair.link.cut(); });
  world.at(cut + 4s, [&] { pair.link.mend(); });
  world.at(12s, [&] { pair.server.kill(); });
  world.at(16s, [&] {
    pair.server.restart();
    pair.server.serve(serve_tool(options, lives[1]));
  });
  world.every(500ms, [&] { pair.server.reset_connection(); });
  expect_fine(world);
  EXPECT_EQ(asked.sum(), 30);
  for (const ServedTcp& life : lives) life.expect_consistent();
  const std::uint64_t replies = lives[0].ledger.messages() + lives[1].ledger.messages();
  EXPECT_LE(static_cast<std::uint64_t>(asked.matched), replies);
  EXPECT_GT(asked.matched, 0);
  if (world.options().faults) return;
  EXPECT_EQ(asked.matched, 30);
  EXPECT_EQ(replies, 30U);
}

// --- nobody answers ------------------------------------------------------------------------------

Task<Result<>> expect_timeout(HostPort to) {
  const Instant begin = Loop::current().now();
  const auto connection = co_await connect_tcp({.to = std::move(to), .timeout = k_timeout});
  EXPECT_FALSE(connection);
  if (!connection) {
    EXPECT_EQ(connection.error().fault(), Fault::timed_out) << connection.error().describe();
  }
  EXPECT_GE(Loop::current().now() - begin, k_timeout);
  EXPECT_LE(Loop::current().now() - begin, k_patience);
  co_return ok();
}

void nobody_answers(World& world) {
  Pair pair(world, k_bad_link);
  pair.link.cut();
  world.names().hang("lost.lab");
  pair.client.run(expect_timeout({"server", k_tool_port}));
  pair.client.run(expect_timeout({"lost.lab", k_tool_port}));
}
TEST(SimulatedTcpConnect, GivesUpInTime) {
  for_each_seed({.name = "SimulatedTcpConnect.GivesUpInTime", .calm = false}, nobody_answers);
}

}  // namespace
}  // namespace patchbay::sim
