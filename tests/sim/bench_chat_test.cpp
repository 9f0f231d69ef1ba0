// The load on chat servers on a bad network: each delivery is counted once, and no defect is seen
// that is none.
#include "patchbay/tools/chat_bench/chat_bench.hpp"
#include "patchbay/tools/chat_bench/chat_bench_peer_fixture.hpp"
#include "tool_peers.hpp"

namespace patchbay::sim {
namespace {

struct Load {
  ChatBenchOptions options = {
      .load = {.connections = 12, .depth = 6, .warmup = 0s, .time = 1s, .timeout = 60s},
      .plan = {.clients = 12, .rooms = 4, .members = 6, .talkers = 2}};
  BenchReport report;
  ChatBenchCounts counts;
  ChatPeer peer;
  std::uint64_t resets = 0;
  Result<> end;
};

Task<Result<>> serve_chat(Load& load) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_tool_port));
  if (!listener) co_return listener.error();
  co_await load.peer.serve(*listener);
  co_return ok();
}

// Without a first connection there is no load, which is no failure of the test.
Task<Result<>> bench(Load& load) {
  load.end = co_await bench_chat(load.options, load.report, load.counts);
  co_return ok();
}

void run_load(World& world, Load& load, bool with_resets) {
  Pair pair(world, {.delay = 5ms, .jitter = 2ms, .loss = 0.02});
  pair.server.faults() = {.short_reads = 0.2, .short_writes = 0.2};
  pair.client.faults() = {.short_reads = 0.2, .short_writes = 0.2};
  load.options.load.to = {pair.server.address().to_string(), k_tool_port};
  pair.server.serve(serve_chat(load));
  pair.client.run(bench(load));
  if (with_resets) {
    world.every(300ms, [&] { load.resets += pair.server.reset_connection() ? 1U : 0U; });
  } else {
    pause_some_time(world, pair.server, 800ms, 400ms);
  }
  const Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
}

void expect_counted_once(const Load& load) {
  EXPECT_EQ(load.counts.doubled, 0U);
  EXPECT_EQ(load.counts.reordered, 0U);
  EXPECT_EQ(load.counts.strange, 0U);
  EXPECT_EQ(load.counts.refusals, 0U);
  EXPECT_LE(load.report.latency.count(), load.report.requests);
  EXPECT_EQ(load.report.answers, load.report.latency.count());
  EXPECT_LE(load.peer.said, load.counts.lines);
  if (!load.end || load.report.faults_in_all() > 0) return;
  EXPECT_EQ(load.counts.entered, load.options.plan.clients);
  EXPECT_EQ(load.report.latency.count(), load.report.requests);
  EXPECT_EQ(load.peer.said, load.counts.lines);
  EXPECT_EQ(load.counts.lost, 0U);
  EXPECT_EQ(load.counts.unseen, 0U);
}

SIM_TEST(SimulatedChatBench, AClosedLoopCountsEachDeliveryOnce) {
  Load load;
  run_load(world, load, false);
  expect_counted_once(load);
}

SIM_TEST(SimulatedChatBench, AnOpenLoopSaysAllThatIsDue) {
  Load load;
  load.options.load.rate = 200.0;
  run_load(world, load, false);
  expect_counted_once(load);
  if (load.end && load.report.faults_in_all() == 0) EXPECT_EQ(load.counts.lines, 200U);
}

// Whoever is cut off is owed nothing, and is seen as a fault; the others go on.
SIM_TEST(SimulatedChatBench, AResetIsAFaultAndNoDefect) {
  Load load;
  load.options.load.rate = 200.0;
  load.options.load.timeout = 3s;  // what a talker has said into the void is waited for
  run_load(world, load, true);
  expect_counted_once(load);
  EXPECT_LE(load.report.faults_in_all(), load.options.plan.clients);
}

}  // namespace
}  // namespace patchbay::sim
