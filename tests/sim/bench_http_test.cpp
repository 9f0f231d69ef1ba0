// The load on web servers on a bad network: each request is counted once, as answered or as not,
// and the server has answered no other.
#include <optional>

#include "patchbay/tools/http_bench/http1_bench.hpp"
#include "patchbay/tools/http_bench/http2_bench.hpp"
#include "patchbay/tools/http_bench/http2_peer_fixture.hpp"
#include "tool_peers.hpp"

namespace patchbay::sim {
namespace {

struct Served {
  std::uint64_t clients = 0;
  std::uint64_t requests = 0;
};

// In turn with a length, without a body, and in chunks.
std::string answer_to(std::uint64_t number) {
  switch (number % 3) {
    case 0: return "HTTP/1.1 200 OK\r\nContent-Length: 300\r\n\r\n" + std::string(300, 'x');
    case 1: return "HTTP/1.1 204 No Content\r\n\r\n";
    default:
      return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
             "5\r\nhello\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n";
  }
}

Task<> answer_client(TcpStream client, Served& served) {
  ++served.clients;
  std::string heard;
  for (;;) {
    const auto piece = co_await client.receive();
    if (!piece || piece->empty()) co_return;
    heard += piece->text();
    std::string answers;
    for (auto end = heard.find("\r\n\r\n"); end != heard.npos; end = heard.find("\r\n\r\n")) {
      heard.erase(0, end + 4);
      answers += answer_to(served.requests++);
    }
    if (!answers.empty() && !co_await client.write_all(answers)) co_return;
  }
}
Task<> answer_all(TaskGroup& group, TcpListener& listener, Served& served) {
  for (;;) {
    auto client = co_await listener.accept();
    if (!client) co_return;
    group.spawn(answer_client, std::move(*client), std::ref(served));
  }
}
Task<Result<>> serve_http(Served& served) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_tool_port));
  if (!listener) co_return listener.error();
  co_await with_group(answer_all, std::ref(*listener), std::ref(served));
  co_return ok();
}

struct Load {
  HttpBenchOptions options;
  BenchOptions share = {
      .connections = 6, .depth = 4, .warmup = 0s, .time = 1s, .timeout = 3s};  // all of it counts
  BenchReport report;
  HttpBenchCounts counts;
  Served served;
  std::uint64_t resets = 0;
  Result<> end;
};

// Without a first connection there is no load, which is no failure of the test.
Task<Result<>> bench(Load& load) {
  HttpBenchQuota quota(load.options.requests);
  load.end = co_await bench_http1(load.options, load.share, quota, load.report, load.counts);
  co_return ok();
}

void run_load(World& world, Load& load) {
  Pair pair(world, {.delay = 5ms, .jitter = 2ms, .loss = 0.02});
  pair.server.faults() = {.short_reads = 0.2, .short_writes = 0.2};
  pair.client.faults() = {.short_reads = 0.2, .short_writes = 0.2};
  load.share.to = {pair.server.address().to_string(), k_tool_port};
  load.options.target = {.to = load.share.to, .authority = "web1.lab", .path = "/"};
  pair.server.serve(serve_http(load.served));
  pair.client.run(bench(load));
  if (world.chance_for("trouble").happens(0.5)) {
    world.every(200ms, [&] { load.resets += pair.server.reset_connection() ? 1U : 0U; });
  } else {
    pause_some_time(world, pair.server, 800ms, 400ms);
  }
  const Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
}

void expect_counted_once(const Load& load) {
  const BenchReport& report = load.report;
  if (!load.end) {
    EXPECT_EQ(report.requests, 0U);
    return;
  }
  EXPECT_EQ(report.requests, report.latency.count() + report.unanswered);
  EXPECT_EQ(report.answers, report.latency.count());
  EXPECT_EQ(load.counts.by_class[2], report.answers);
  EXPECT_LE(report.answers, load.served.requests);
  EXPECT_LE(load.served.requests, report.requests);
  EXPECT_EQ(report.faults[static_cast<std::size_t>(BenchFault::malformed)], 0U);
  EXPECT_LE(load.served.clients, load.counts.opened + report.faults_in_all());
  if (report.faults_in_all() > 0) return;
  EXPECT_EQ(report.unanswered, 0U);
  EXPECT_EQ(load.served.requests, report.requests);
  EXPECT_EQ(load.counts.opened, load.share.connections);
}

SIM_TEST(SimulatedHttpBench, AClosedLoopCountsEachRequestOnce) {
  Load load;
  run_load(world, load);
  expect_counted_once(load);
}

SIM_TEST(SimulatedHttpBench, ALoadByRequestsMakesThemAll) {
  Load load;
  load.share.time = 1000h;
  load.options.requests = 500;
  run_load(world, load);
  expect_counted_once(load);
  if (load.end) EXPECT_EQ(load.report.requests, 500U);
}

SIM_TEST(SimulatedHttpBench, AnOpenLoopCountsWhatItSentAndWhatItDidNot) {
  Load load;
  load.share.rate = 600.0;
  run_load(world, load);
  expect_counted_once(load);
  if (load.end) EXPECT_EQ(load.report.requests + load.counts.unsent, 600U);
}

// --- what is counted of a load that ends otherwise -----------------------------------------------

// Each client is let in, and never answered.
Task<> stand_still(TcpStream client) {
  [[maybe_unused]] const auto ended = co_await sleep_until(Deadline::never());
}
Task<Result<>> serve_nobody() {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_tool_port));
  if (!listener) co_return listener.error();
  co_return co_await serve_each(*listener, stand_still);
}
// Answers the first request of a client, and says no more.
Task<> answer_once(TcpStream client) {
  const auto request = co_await client.receive();
  if (!request || !co_await client.write_all(answer_to(0))) co_return;
  [[maybe_unused]] const auto ended = co_await sleep_until(Deadline::never());
}
Task<Result<>> serve_each_once() {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_tool_port));
  if (!listener) co_return listener.error();
  co_return co_await serve_each(*listener, answer_once);
}
Task<Result<>> bench_for(Duration time, Load& load) {
  co_return co_await either(stay(time), bench(load));
}

// Nothing but a link: what comes out is known.
void run_load_in_peace(World& world, Load& load, Task<Result<>> server, Task<Result<>> client) {
  Pair pair(world, {.delay = 5ms});
  load.share.to = {pair.server.address().to_string(), k_tool_port};
  load.options.target = {.to = load.share.to, .authority = "web1.lab", .path = "/"};
  pair.server.serve(std::move(server));
  pair.client.run(std::move(client));
  run(world);
}

SIM_TEST(SimulatedHttpBench, ACancelOwesNothingOfTheTimeThatWasLeft) {
  Load load;
  load.share.rate = 1000.0;
  load.share.time = 60s;
  load.share.timeout = 30s;
  run_load_in_peace(world, load, serve_nobody(), bench_for(2s, load));
  EXPECT_LE(load.report.requests + load.counts.unsent, 2000U);
  EXPECT_GE(load.report.requests + load.counts.unsent, 1900U);
}

// The first request of each connection is answered, the second is not, and the third goes out on
// another connection.
TEST(SimulatedHttpBench, SilenceEndsAConnectionAndTheLoadGoesOn) {
  const SeedOptions seeds{.name = "SimulatedHttpBench.Silence", .seeds = 20, .calm = false};
  for_each_seed(seeds, [](World& world) {
    Load load;
    load.share = {.warmup = 0s, .time = 1000h, .timeout = 500ms};
    load.options.requests = 10;
    run_load_in_peace(world, load, serve_each_once(), bench(load));
    EXPECT_EQ(load.report.faults[static_cast<std::size_t>(BenchFault::timed_out)], 5U);
    EXPECT_EQ(load.report.faults_in_all(), 5U);
    EXPECT_EQ(load.report.requests, 10U);
    EXPECT_EQ(load.report.unanswered, 5U);
    EXPECT_EQ(load.counts.opened, 5U);
  });
}

SIM_TEST(SimulatedHttpBench, ToHoldTheConnectionsIsNoLoad) {
  Load load;
  load.share.time = 1000h;
  load.options.requests = 100;
  load.options.hold = 10s;
  run_load_in_peace(world, load, serve_http(load.served), bench(load));
  EXPECT_EQ(load.report.latency.count(), 100U);
  EXPECT_LT(load.report.measured, 1s);
  EXPECT_GT(world.elapsed(), 10s);
}

SIM_TEST(SimulatedHttpBench, AnOpenLoopMakesAsManyRequestsAsItIsTold) {
  Load load;
  load.share = {.connections = 4, .rate = 7.0, .requests = 7, .warmup = 0s, .time = 1s};
  run_load_in_peace(world, load, serve_http(load.served), bench(load));
  expect_counted_once(load);
  EXPECT_EQ(load.report.requests, 7U);
  EXPECT_EQ(load.report.measured, 1s);
}

// --- HTTP/2 --------------------------------------------------------------------------------------

// Answers after a while, and takes ten requests or a few more.
Task<> answer_http2(TcpStream client, Served& served) {
  ++served.clients;
  Http2Peer peer;
  peer.hold = true;
  for (bool last = false;;) {
    const auto piece = co_await client.receive();
    if (!piece || piece->empty()) co_return;
    peer.take(piece->text());
    if (!last && peer.requests.size() >= 10) {
      peer.take_no_more();
      last = true;
    }
    if (!co_await client.write_all(peer.to_send())) co_return;
    if (!co_await sleep_for(100ms)) co_return;
    served.requests += peer.answer_held();
    if (!co_await client.write_all(peer.to_send())) co_return;
  }
}
Task<Result<>> serve_http2(Served& served) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_tool_port));
  if (!listener) co_return listener.error();
  co_return co_await serve_each(*listener, answer_http2, std::ref(served));
}
Task<Result<>> bench_over_http2(Load& load) {
  HttpBenchQuota quota({});
  co_return co_await bench_http2(load.options, load.share, quota, load.report, load.counts);
}

// What a connection has taken it answers, though it takes no more: the load waits for that, while
// the next requests are due already.
SIM_TEST(SimulatedHttpBench, AGoawayInTheMiddleLosesNoAnswer) {
  Load load;
  load.share = {.connections = 2, .depth = 8, .rate = 100.0, .warmup = 0s, .time = 2s};
  run_load_in_peace(world, load, serve_http2(load.served), bench_over_http2(load));
  const BenchReport& report = load.report;
  EXPECT_EQ(report.requests + load.counts.unsent, 200U);
  EXPECT_EQ(report.latency.count(), load.served.requests);
  EXPECT_GE(load.served.clients, 10U);
  // What it had not taken it gives back.
  EXPECT_EQ(report.unanswered, report.faults[static_cast<std::size_t>(BenchFault::reset)]);
  EXPECT_EQ(report.unanswered, report.faults_in_all());
}

}  // namespace
}  // namespace patchbay::sim
