#include "patchbay/tools/echo/bench_tcp.hpp"

#include <algorithm>

#include "patchbay/tools/bench_schedule.hpp"
#include "patchbay/tools/echo/connect_test_peers.hpp"

namespace patchbay {
namespace {

// What the peer does to each of its clients.
enum class Manner : std::uint8_t {
  echo,
  corrupt,
  end_between,
  end_inside,
  reset_after,
  never_read
};

Task<> answer_client(TcpStream client, Manner manner) {
  for (int received = 0;; ++received) {
    if (manner == Manner::never_read) {
      [[maybe_unused]] const auto cancelled = co_await sleep_until(Deadline::never());
      co_return;
    }
    auto piece = co_await client.receive();
    if (!piece || piece->empty()) co_return;
    if (received > 0 && manner == Manner::end_between) co_return;
    if (received > 0 && manner == Manner::reset_after) co_return reset(client);
    std::span<std::byte> bytes = piece->bytes();
    if (received > 0 && manner == Manner::corrupt) bytes.back() ^= std::byte{1};
    const bool half = received > 0 && manner == Manner::end_inside;
    if (half) bytes = bytes.first(bytes.size() / 2);
    const auto sent = co_await client.write_all(bytes);
    if (!sent || half) co_return;
  }
}

Task<> serve(TaskGroup& group, TcpListener& listener, Manner manner) {
  for (;;) {
    auto client = co_await listener.accept();
    if (!client) co_return;
    group.spawn(answer_client, std::move(*client), manner);
  }
}
Task<Result<>> serve_all(TcpListener& listener, Manner manner) {
  co_await with_group(serve, std::ref(listener), manner);
  co_return Error(Fault::cancelled, "serve");
}

Task<Result<>> keep_result(BenchOptions options, BenchReport& report, Result<>& result) {
  result = co_await bench_tcp(std::move(options), report);
  co_return ok();
}

Task<> load_peer(Manner manner, BenchOptions options, BenchReport& report, Result<>& result) {
  auto listener = TcpListener::bind(loopback());
  CO_REQUIRE(listener);
  options.to = host_port(listener->local());
  [[maybe_unused]] const auto ended = co_await either(
      serve_all(*listener, manner), keep_result(std::move(options), report, result));
}

void run_load(Manner manner, BenchOptions options, BenchReport& report) {
  Result<> result;
  run_with_loop(load_peer, manner, std::move(options), report, result);
  EXPECT_TRUE(result) << result.error().describe();
}

std::uint64_t faults(const BenchReport& report, BenchFault fault) {
  return report.faults[static_cast<std::size_t>(fault)];
}

// No test below asserts how fast anything is: only that every request has its answer.
void expect_all_answered(const BenchReport& report) {
  EXPECT_EQ(report.faults_in_all(), 0U);
  EXPECT_EQ(report.unanswered, 0U);
  EXPECT_GT(report.requests, 0U);
  EXPECT_EQ(report.latency.count(), report.requests);
  EXPECT_GE(report.answers, report.latency.count());
}

TEST(BenchTcp, OneRequestAtATime) {
  BenchReport report;
  run_load(Manner::echo, {.warmup = 10ms, .time = 50ms}, report);
  expect_all_answered(report);
  EXPECT_EQ(report.connected, 1U);
  EXPECT_EQ(report.measured, 50ms);
}

TEST(BenchTcp, ManyConnectionsWithADepth) {
  BenchReport report;
  run_load(Manner::echo,
           {.connections = 300, .size_bytes = 1, .depth = 16, .warmup = 0s, .time = 100ms}, report);
  expect_all_answered(report);
  EXPECT_EQ(report.connected, 300U);
}

// More on its way than the buffers of both ends hold: whoever writes without reading would hang.
TEST(BenchTcp, MoreOnItsWayThanBuffersHold) {
  BenchReport report;
  run_load(Manner::echo,
           {.connections = 2,
            .size_bytes = 1 << 20,
            .depth = 32,
            .warmup = 0s,
            .time = 100ms,
            .timeout = 30s},
           report);
  expect_all_answered(report);
}

TEST(BenchTcp, AnOpenLoopSendsWhatIsDueAndNoMore) {
  BenchReport report;
  run_load(Manner::echo,
           {.connections = 3, .rate = 2000, .warmup = 0s, .time = 100ms, .timeout = 30s}, report);
  expect_all_answered(report);
  EXPECT_EQ(report.requests, 200U);
}

// The peer takes nothing, so only the schedule says how many requests there were.
TEST(BenchTcp, AStallOfThePeerCostsNoRequestOfTheSchedule) {
  BenchReport report;
  run_load(Manner::never_read, {.rate = 1000, .warmup = 0s, .time = 50ms, .timeout = 100ms},
           report);
  EXPECT_EQ(report.requests, 50U);
  EXPECT_EQ(report.unanswered, 50U);
  EXPECT_EQ(report.latency.count(), 0U);
  EXPECT_EQ(faults(report, BenchFault::timed_out), 1U);
}

struct Breach {
  Manner manner;
  BenchFault fault;
};
void PrintTo(const Breach& breach, std::ostream* out) { *out << name_of(breach.fault); }

class BenchTcpFaults : public testing::TestWithParam<Breach> {};
INSTANTIATE_TEST_SUITE_P(, BenchTcpFaults,
                         testing::Values(Breach{Manner::corrupt, BenchFault::mismatched},
                                         Breach{Manner::end_between, BenchFault::ended},
                                         Breach{Manner::end_inside, BenchFault::short_answer},
                                         Breach{Manner::reset_after, BenchFault::reset},
                                         Breach{Manner::never_read, BenchFault::timed_out}));

TEST_P(BenchTcpFaults, AreCountedOnceForAConnection) {
  const auto& [manner, fault] = GetParam();
  const Duration timeout = fault == BenchFault::timed_out ? Duration(50ms) : Duration(30s);
  BenchReport lockstep;
  run_load(manner, {.connections = 3, .warmup = 0s, .time = 60s, .timeout = timeout}, lockstep);
  EXPECT_EQ(faults(lockstep, fault), 3U);
  EXPECT_EQ(lockstep.faults_in_all(), 3U);
  EXPECT_EQ(lockstep.unanswered, 3U);
  EXPECT_LT(lockstep.measured, 60s);  // with nobody left to load there is no point in going on

  BenchReport open_loop;
  run_load(manner, {.connections = 3, .rate = 300, .warmup = 0s, .time = 60s, .timeout = timeout},
           open_loop);
  EXPECT_EQ(faults(open_loop, fault), 3U);
  EXPECT_EQ(open_loop.faults_in_all(), 3U);
}

Task<> load_nobody(BenchReport& report, Result<>& result) {
  result = co_await bench_tcp({.to = host_port(closed_port()), .connections = 5}, report);
}
TEST(BenchTcp, WithNobodyThereThereIsNoLoad) {
  BenchReport report;
  Result<> result;
  run_with_loop(load_nobody, report, result);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().fault(), Fault::refused);
  EXPECT_EQ(faults(report, BenchFault::refused), 1U);
  EXPECT_EQ(report.connected, 0U);
}

Task<> load_cancelled(BenchReport& report) {
  auto listener = TcpListener::bind(loopback());
  CO_REQUIRE(listener);
  (co_await current_scope()).cancel();
  const auto ended = co_await bench_tcp({.to = host_port(listener->local())}, report);
  CO_REQUIRE(!ended);
  EXPECT_EQ(ended.error().fault(), Fault::cancelled);
}
TEST(BenchTcp, StartedCancelledItCountsNothing) {
  BenchReport report;
  run_with_loop(load_cancelled, report);
  EXPECT_EQ(report.faults_in_all(), 0U);
}

Task<Result<>> cancel_after_some(const BenchReport& report) {
  while (report.answers < 100) {
    if (const auto waited = co_await yield(); !waited) co_return waited;
  }
  co_return ok();  // either() cancels the load
}
Task<> load_then_cancel(TcpListener& listener, BenchReport& report) {
  BenchOptions options{.to = host_port(listener.local()), .connections = 4, .warmup = 0s};
  Result<> result;
  [[maybe_unused]] const auto ended =
      co_await either(serve_all(listener, Manner::echo),
                      either(cancel_after_some(report), keep_result(options, report, result)));
}
Task<> run_cancelled_load(BenchReport& report) {
  auto listener = TcpListener::bind(loopback());
  CO_REQUIRE(listener);
  co_await load_then_cancel(*listener, report);
}
TEST(BenchTcp, ACancelKeepsWhatWasMeasuredAndIsNoFault) {
  BenchReport report;
  run_with_loop(run_cancelled_load, report);
  EXPECT_GE(report.latency.count(), 100U);
  EXPECT_EQ(report.faults_in_all(), 0U);
  EXPECT_EQ(report.unanswered, 0U);
}

TEST(BenchSchedule, SpacesTheRequestsOfAllConnectionsEvenly) {
  const Instant begin{1s};
  std::vector<Instant> due;
  for (std::size_t connection = 0; connection < 4; ++connection) {
    const BenchSchedule schedule(begin, 1000, connection, 4);
    for (std::uint64_t number = 0; number < 5; ++number) due.push_back(schedule.due(number));
  }
  std::ranges::sort(due);
  for (std::size_t i = 0; i < due.size(); ++i) {
    EXPECT_EQ(due[i], begin + static_cast<int>(i) * Duration(1ms));
  }
}

TEST(BenchSchedule, DoesNotDrift) {
  const BenchSchedule schedule(Instant{}, 3, 0, 1);  // a third of a second is no whole number of ns
  EXPECT_LE(std::chrono::abs(schedule.due(3'000'000) - Instant{1'000'000s}), 1us);
}

}  // namespace
}  // namespace patchbay
