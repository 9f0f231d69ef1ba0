// An echo server and its clients on a bad network: whatever happens, no byte is lost without a
// fault that says so, none comes twice, and none is another than was sent.
#include <string>

#include "patchbay/net/sim/peers_fixture.hpp"
#include "patchbay/net/sim/seeds.hpp"

namespace patchbay {
namespace {

// Of all connections together.
struct Account {
  std::uint64_t texts = 0;  // bytes that have to come back in the end
  std::uint64_t received = 0;
  std::uint64_t echoed = 0;
  std::uint64_t heard = 0;
  int resets = 0;
};

// --- the server ----------------------------------------------------------------------------------

Task<> counted_echo(TcpStream stream, Account& account) {
  for (;;) {
    const auto data = co_await stream.receive();
    if (!data || data->empty()) co_return;
    account.received += data->size();
    account.echoed += data->size();  // before it is, since the client may be the first to go on
    if (const auto sent = co_await stream.write_all(data->bytes()); !sent) co_return;
  }
}

Task<Result<>> counted_server(Account& account) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), sim::k_echo_port));
  if (!listener) co_return listener.error();
  co_return co_await serve_each(*listener, counted_echo, std::ref(account));
}

// --- the clients ---------------------------------------------------------------------------------

Task<Result<>> send_and_end(TcpStream& stream, const std::string& text) {
  if (const auto sent = co_await stream.write_all(text); !sent) co_return sent;
  co_return co_await stream.shutdown_write();
}

// To the end, so that a byte too many is noticed as well.
Task<Result<>> hear_to_the_end(TcpStream& stream, const std::string& text, Account& account) {
  for (std::size_t heard = 0;;) {
    const auto data = co_await stream.receive();
    if (!data) co_return data.error();
    if (data->empty() && heard == text.size()) co_return ok();
    if (data->empty()) co_return Error(Fault::integrity, "hear all that was sent");
    account.heard += data->size();
    if (data->text() != std::string_view(text).substr(heard, data->size())) {
      co_return Error(Fault::integrity, "hear what was sent");
    }
    heard += data->size();
  }
}

// As often as it takes: a reset is a reason to try again, anything else is none.
Task<Result<>> exchange(Endpoint server, std::string text, Account& account) {
  for (;;) {
    auto stream = co_await TcpStream::connect(server);
    if (!stream) co_return stream.error();
    const auto done =
        co_await both(send_and_end(*stream, text), hear_to_the_end(*stream, text, account));
    if (done || done.error().fault() != Fault::closed) co_return done;
  }
}

SIM_TEST(SimulatedEcho, AccountsForEveryByte) {
  Account account;
  sim::Pair pair(world, {.delay = 5ms, .jitter = 2ms, .loss = 0.02});
  pair.server.faults() = {
      .short_reads = 0.1, .short_writes = 0.1, .read_bytes_per_second = 500'000};
  pair.server.serve(counted_server(account));
  Chance chance = world.chance_for("texts");
  for (std::uint64_t i = 0; i < 4; ++i) {
    std::string text = sim::pattern(chance.bits() % 40'000, i);
    account.texts += text.size();
    pair.client.run(exchange(sim::echo_at(pair.server), std::move(text), account));
  }
  world.every(300ms, [&] { account.resets += pair.server.reset_connection() ? 1 : 0; });
  const sim::Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
  EXPECT_LE(account.heard, account.echoed);
  EXPECT_GE(account.heard, account.texts);
  if (account.resets > 0) return;
  EXPECT_EQ(account.received, account.texts);
  EXPECT_EQ(account.heard, account.texts);
}

// --- a server that dies --------------------------------------------------------------------------

Task<Result<>> say_until_heard(Endpoint server, std::string text) {
  for (;;) {
    const auto said = co_await with_deadline(Deadline::after(20s), sim::say(server, text));
    if (said || said.error().fault() == Fault::integrity) co_return said;
    if (const auto slept = co_await sleep_for(500ms); !slept) co_return slept;
  }
}

SIM_TEST(SimulatedEcho, SurvivesAServerThatDiesAndComesBack) {
  sim::Pair pair(world, {.delay = 5ms, .loss = 0.02});
  pair.server.serve(sim::echo_server());
  pair.client.run(say_until_heard(sim::echo_at(pair.server), sim::pattern(100'000)));
  const Duration dies(static_cast<std::int64_t>(world.chance_for("death").bits() % 200'000'000));
  world.at(dies, [&server = pair.server] { server.kill(); });
  world.at(dies + 3s, [&server = pair.server] {
    server.restart();
    server.serve(sim::echo_server());
  });
}

}  // namespace
}  // namespace patchbay
