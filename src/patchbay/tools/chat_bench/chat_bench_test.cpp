#include "patchbay/tools/chat_bench/chat_bench.hpp"

#include <unistd.h>

#include "patchbay/tools/chat_bench/chat_bench_peer_fixture.hpp"
#include "patchbay/tools/loopback_fixture.hpp"

namespace patchbay {
namespace {

struct Load {
  ChatBenchOptions options = {
      .load = {.connections = 8, .depth = 4, .warmup = 0s, .time = 100ms, .timeout = 30s},
      .plan = {.clients = 8, .rooms = 1, .members = 8, .talkers = 2}};
  BenchReport report;
  ChatBenchCounts counts;
  ChatPeer peer;
  Result<> result;

  Load() = default;
  explicit Load(ChatPeerFaults faults) : peer(faults) {}

  std::uint64_t faults(BenchFault fault) const {
    return report.faults[static_cast<std::size_t>(fault)];
  }
};

Task<Result<>> bench(Load& load) {
  load.result = co_await bench_chat(load.options, load.report, load.counts);
  co_return ok();
}

Task<> load_peer(Load& load) {
  auto listener = TcpListener::bind(loopback());
  CO_REQUIRE(listener);
  load.options.load.to = host_port(listener->local());
  [[maybe_unused]] const auto ended =
      co_await either(load.peer.serve_until_cancelled(*listener), bench(load));
}

void run_load(Load& load) {
  run_with_loop(load_peer, load);
  EXPECT_TRUE(load.result) << load.result.error().describe();
}

void expect_flawless(const Load& load) {
  EXPECT_TRUE(load.counts.flawless());
  EXPECT_EQ(load.report.faults_in_all(), 0U);
  EXPECT_EQ(load.counts.entered, load.options.plan.clients);
  EXPECT_TRUE(load.counts.joining);
  EXPECT_GT(load.report.requests, 0U);
  EXPECT_EQ(load.report.latency.count(), load.report.requests);
  EXPECT_EQ(load.counts.lines, load.peer.said);
}

// No test here asserts how fast anything is.
TEST(ChatBench, CountsEachDeliveryOfAClosedLoop) {
  Load load;
  run_load(load);
  expect_flawless(load);
  EXPECT_EQ(load.report.requests, load.peer.said * 7);
  EXPECT_EQ(load.peer.clients, 8U);
  EXPECT_EQ(load.counts.repeated_joins, 0U);
}

TEST(ChatBench, CountsEachDeliveryOfAnOpenLoop) {
  Load load;
  load.options.load.rate = 1000.0;
  run_load(load);
  expect_flawless(load);
  EXPECT_EQ(load.counts.lines, 100U);
  EXPECT_EQ(load.report.requests, 700U);
}

TEST(ChatBench, TalksInManyRooms) {
  Load load;
  load.options.plan = {.clients = 8, .rooms = 30, .members = 3, .talkers = 1};
  run_load(load);
  expect_flawless(load);
  EXPECT_EQ(load.report.requests, load.peer.said * 2);
}

TEST(ChatBench, LinesHaveTheSizeThatWasAskedFor) {
  Load load;
  load.options.load.size_bytes = 120;
  load.options.load.rate = 500.0;
  run_load(load);
  expect_flawless(load);
  EXPECT_EQ(load.counts.received_bytes, load.report.answers_in_time * 120);
}

TEST(ChatBench, AnswersAPingAlsoBeforeItIsIn) {
  Load load({.asks_before = true});
  run_load(load);
  expect_flawless(load);
  EXPECT_EQ(load.peer.pongs, 8U);
}

TEST(ChatBench, SeesLostLines) {
  Load load({.lose_each = 50});
  load.options.load.rate = 1000.0;
  load.options.load.timeout = 300ms;  // which is how long it waits for the last ones
  run_load(load);
  EXPECT_EQ(load.counts.lost, 14U);  // of 700
  EXPECT_EQ(load.peer.lost, 14U);
  EXPECT_EQ(load.report.latency.count(), 686U);
  EXPECT_EQ(load.counts.doubled + load.counts.reordered + load.counts.strange, 0U);
  EXPECT_FALSE(load.counts.flawless());
}

TEST(ChatBench, SeesDoubledLines) {
  Load load({.double_each = 50});
  load.options.load.rate = 1000.0;
  run_load(load);
  EXPECT_EQ(load.counts.doubled, 14U);
  EXPECT_EQ(load.counts.lost + load.counts.reordered + load.counts.strange, 0U);
  EXPECT_EQ(load.report.latency.count(), 700U);
}

TEST(ChatBench, SeesLinesOutOfOrder) {
  Load load({.swap_each = 15});
  load.options.plan.talkers = 1;
  load.options.load.rate = 1000.0;
  load.options.load.timeout = 300ms;
  run_load(load);
  EXPECT_GT(load.peer.swapped, 0U);
  EXPECT_EQ(load.counts.reordered, load.peer.swapped);
  EXPECT_EQ(load.counts.lost, load.peer.lost);  // what was held to the end
  EXPECT_EQ(load.counts.doubled + load.counts.strange, 0U);
}

TEST(ChatBench, AClientThatIsCutIsAFaultAndOwedNothing) {
  Load load({.cut_after = 100});
  load.options.load.rate = 1000.0;
  load.options.load.timeout = 1s;
  load.options.plan.talkers = 1;
  run_load(load);
  EXPECT_EQ(load.report.faults_in_all(), 1U);
  EXPECT_EQ(load.counts.doubled + load.counts.reordered + load.counts.strange, 0U);
  EXPECT_EQ(load.counts.first_farewell, "Closing link");
  EXPECT_EQ(load.counts.lost, 0U);
}

TEST(ChatBench, SaysWhoWasNotSeen) {
  Load load({.hides_joins = true});
  load.options.load.timeout = 300ms;
  load.options.plan.talkers = 0;
  run_load(load);
  EXPECT_FALSE(load.counts.joining);
  EXPECT_EQ(load.counts.unseen, 28U);  // each sees who came before
}

TEST(ChatBench, ARefusalIsAFault) {
  Load load({.refuses = true});
  load.options.load.timeout = 300ms;
  run_load(load);
  EXPECT_EQ(load.counts.entered, 0U);
  EXPECT_EQ(load.report.faults_in_all(), 8U);
  EXPECT_EQ(load.counts.refusals, 8U);
  EXPECT_TRUE(load.counts.first_refusal.starts_with("433 ")) << load.counts.first_refusal;
}

TEST(ChatBench, StalledClientsAreOwedNothing) {
  Load load;
  load.options.stalled = 3;
  load.options.load.rate = 1000.0;
  run_load(load);
  EXPECT_TRUE(load.counts.flawless());
  EXPECT_EQ(load.report.requests, 400U);  // to the other four
  EXPECT_EQ(load.report.latency.count(), 400U);
  EXPECT_EQ(load.report.faults_in_all(), 0U);
}

TEST(ChatBench, ClientsMayDoNothing) {
  Load load;
  load.options.plan = {.clients = 8};
  load.options.idle = 10ms;
  load.options.server_pid = static_cast<std::uint32_t>(::getpid());
  run_load(load);
  EXPECT_EQ(load.counts.entered, 8U);
  EXPECT_EQ(load.peer.said, 0U);
  EXPECT_TRUE(load.counts.flawless());
  EXPECT_TRUE(load.counts.server_at(ChatBenchMoment::idled));
  EXPECT_FALSE(load.counts.server_at(ChatBenchMoment::talk_began));
}

Task<> bench_nobody(Load& load) {
  load.options.load.to = host_port(closed_port());
  load.result = co_await bench_chat(load.options, load.report, load.counts);
}
TEST(ChatBench, WithoutAFirstConnectionThereIsNoLoad) {
  Load load;
  run_with_loop(bench_nobody, load);
  ASSERT_FALSE(load.result);
  EXPECT_EQ(load.result.error().fault(), Fault::refused);
  EXPECT_EQ(load.faults(BenchFault::refused), 1U);
}

Task<Result<>> a_while() { co_return co_await sleep_for(50ms); }
Task<Result<>> bench_for_a_while(Load& load) { co_return co_await either(a_while(), bench(load)); }
Task<> load_peer_and_cancel(Load& load) {
  auto listener = TcpListener::bind(loopback());
  CO_REQUIRE(listener);
  load.options.load.to = host_port(listener->local());
  [[maybe_unused]] const auto ended =
      co_await either(load.peer.serve_until_cancelled(*listener), bench_for_a_while(load));
}
TEST(ChatBench, ACancelIsNoFaultAndLosesNothing) {
  Load load;
  load.options.load.time = 1000s;
  run_with_loop(load_peer_and_cancel, load);
  EXPECT_EQ(load.report.faults_in_all(), 0U);
  EXPECT_EQ(load.counts.lost, 0U);
}

}  // namespace
}  // namespace patchbay
