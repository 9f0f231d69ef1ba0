// Clients of HTTP/2 on a bad network: every answer is whole and right, or has failed visibly.
#include "patchbay/http/http2_site_fixture.hpp"
#include "patchbay/net/sim/seeds.hpp"

namespace patchbay {
namespace {

struct Account {
  int asked = 0;  // connections, for as long as it took
  int whole = 0;  // answers
};

bool is_right(const Http2Client::Answer& answer, const std::string& expected, Account& account) {
  if (!answer.whole()) return false;  // and it says so
  EXPECT_EQ(answer.status(), 200);
  EXPECT_EQ(answer.body.size(), expected.size());
  EXPECT_TRUE(answer.body == expected);
  ++account.whole;
  return true;
}

// Three requests at once, on one connection. True: all were answered.
Task<Result<bool>> ask_all(Stream& stream, const std::string& text, Account& account) {
  Http2Client client(stream);
  const std::int32_t echo = client.ask("POST", "/echo", {}, text);
  const std::int32_t made = client.ask("GET", "/sized");
  const std::int32_t count = client.ask("POST", "/count", {}, text);
  const auto heard = co_await client.until(
      [&] { return client[echo].closed && client[made].closed && client[count].closed; });
  // A reset may get lost, and a client that only listens never hears of it.
  if (!heard && heard.error().fault() != Fault::closed &&
      heard.error().fault() != Fault::timed_out) {
    co_return heard.error();
  }
  const bool echoed = is_right(client[echo], text, account);
  const bool sent = is_right(client[made], sim::pattern(50'000), account);
  const bool counted = is_right(client[count], std::to_string(text.size()), account);
  co_return echoed&& sent&& counted;
}

// As often as it takes.
Task<Result<>> ask_until_answered(Endpoint server, std::string text, Account& account) {
  for (;;) {
    ++account.asked;
    auto stream = co_await TcpStream::connect(server);
    if (!stream && stream.error().fault() != Fault::closed) co_return stream.error();
    if (!stream) continue;
    const auto answered =
        co_await with_deadline(Deadline::after(60s), ask_all(*stream, text, account));
    if (!answered) co_return answered.error();
    if (*answered) co_return ok();
  }
}

SIM_TEST(SimulatedHttp2, AccountsForEveryByte) {
  Http2Site site;
  HttpHeardLog log;
  HttpService service(site, {}, &log);
  Account account;
  sim::Pair pair(world, {.delay = 5ms, .jitter = 2ms, .loss = 0.01});
  pair.server.faults() = {
      .short_reads = 0.1, .short_writes = 0.1, .read_bytes_per_second = 1'000'000};
  pair.server.serve(http2_site(service));
  Chance chance = world.chance_for("texts");
  for (std::uint64_t i = 0; i < 3; ++i) {
    pair.client.run(ask_until_answered(Endpoint(pair.server.address(), k_http2_port),
                                       sim::pattern(chance.bits() % 100'000, i), account));
  }
  world.every(500ms, [&] { pair.server.reset_connection(); });
  world.every(400ms, [&] {
    if (pair.client.is_paused()) {
      pair.client.resume();
    } else {
      pair.client.pause();
    }
  });
  const sim::Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
  EXPECT_GE(account.whole, 9);
  EXPECT_EQ(site.running, 0);
  // What the client has seen whole, the server has sent whole.
  const auto complete = std::ranges::count_if(
      log.lines, [](const HttpHeardLog::Line& line) { return line.answer.complete; });
  EXPECT_GE(complete, account.whole);
}

}  // namespace
}  // namespace patchbay
