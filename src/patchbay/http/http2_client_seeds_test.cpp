// Requests that share connections of HTTP/2 on a bad network, watched for a part of the time: every
// body is right to its last byte, or its request failed visibly, and nobody is left waiting.
#include "patchbay/http/http2_site_fixture.hpp"
#include "patchbay/http/http_client.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/sim/seeds.hpp"

namespace patchbay {
namespace {

struct Account {
  int right = 0;
  int failed = 0;
};

struct Crowd {
  HttpClient& client;
  std::string url;
  bool is_hasty;  // some give up soon
  Account& account;
};

struct Wish {
  HttpClientRequest request;
  std::string wanted;
};

Wish wish_of(const Crowd& crowd, Chance& chance) {
  const std::uint64_t salt = chance.bits() % 1000;
  const std::size_t bytes = chance.bits() % 150'000;
  Wish wish;
  const auto ask = [&](const char* method, const char* path, std::string wanted) {
    wish.request = {.method = method, .url = *HttpUrl::parse(crowd.url + path)};
    wish.wanted = std::move(wanted);
  };
  switch (chance.bits() % 5) {
    case 0: ask("GET", "/later", "later\n"); break;
    case 1: ask("GET", "/big", sim::pattern(200'000)); break;
    case 2: ask("GET", "/source", sim::pattern(50'000)); break;
    case 3:
      ask("POST", "/echo", sim::pattern(bytes, salt));
      wish.request.body = wish.wanted;
      break;
    default:
      ask("PUT", "/count", std::to_string(bytes));
      wish.request.body = sim::pattern(bytes, salt);
      break;
  }
  return wish;
}

Task<> ask_some(Crowd& crowd, Chance chance) {
  for (int i = 0; i < 4; ++i) {
    Wish wish = wish_of(crowd, chance);
    // A reset may get lost, and who only listens never hears of it.
    Deadline deadline;
    if (crowd.is_hasty) deadline = Deadline::after(60s);
    if (crowd.is_hasty && chance.happens(0.2)) {
      deadline = Deadline::after(std::chrono::milliseconds(chance.bits() % 100));
    }
    auto answer = co_await crowd.client.send(std::move(wish.request), deadline);
    if (answer && chance.happens(0.1)) continue;  // its body is dropped
    const auto text = answer ? co_await answer->text(1 << 20) : Result<std::string>(answer.error());
    if (!text) {
      ++crowd.account.failed;
      continue;
    }
    ++crowd.account.right;
    EXPECT_EQ(text->size(), wish.wanted.size());
    EXPECT_TRUE(*text == wish.wanted);
  }
}

Task<> ask_all(TaskGroup& group, Crowd& crowd, Chance chance) {
  for (int i = 0; i < 6; ++i) {
    chance.bits();
    group.spawn(ask_some, std::ref(crowd), chance);
  }
  co_return;
}

Task<Result<>> be_a_crowd(Crowd& crowd, Chance chance) {
  co_await with_group(ask_all, std::ref(crowd), chance);
  co_return ok();
}

Task<Result<>> sleep_some(Chance& chance) {
  co_return co_await sleep_for(std::chrono::milliseconds(chance.bits() % 300));
}
// Now and then, until that is cancelled.
Task<Result<>> watch(HttpClient& client, Chance chance) {
  for (;;) {
    if (const auto slept = co_await sleep_some(chance); !slept) co_return slept;
    const auto watched = co_await either(sleep_some(chance), client.watch());
    if (!watched) co_return watched;
  }
}

Task<Result<>> visit(std::string url, Chance chance, bool is_hasty, Account& account) {
  HttpClient client({.versions = HttpVersions::http2});
  Crowd crowd{client, std::move(url), is_hasty, account};
  co_return co_await either(be_a_crowd(crowd, chance), watch(client, chance));
}

Account play(sim::World& world, bool is_bad) {
  Http2Site site;
  HttpService service(site, {.streams = 8});
  Account account;
  sim::Pair pair(world, {.delay = 5ms, .jitter = 2ms, .loss = 0.01});
  pair.server.faults() = {
      .short_reads = 0.1, .short_writes = 0.1, .read_bytes_per_second = 1'000'000};
  pair.client.faults() = {.short_reads = 0.1, .short_writes = 0.1};
  pair.server.serve(http2_site(service));
  pair.client.run(visit("http://" + pair.server.address().to_string(), world.chance_for("wishes"),
                        is_bad, account));
  if (is_bad) world.every(500ms, [&] { pair.server.reset_connection(); });
  const sim::Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
  EXPECT_EQ(site.running, 0);
  return account;
}

SIM_TEST(SimulatedHttp2Client, EveryByteIsRightOrTheRequestFails) {
  const Account account = play(world, true);
  EXPECT_GE(account.right + account.failed, 10);
}

// Without deadlines, so that a wait for each other would show.
SIM_TEST(SimulatedHttp2Client, NothingFailsWhereNothingIsBrokenOff) {
  const Account account = play(world, false);
  EXPECT_EQ(account.failed, 0);
  EXPECT_GE(account.right, 10);
}

}  // namespace
}  // namespace patchbay
