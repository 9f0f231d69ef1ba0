#include "patchbay/tools/bench_threads.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include "patchbay/tools/bench_descriptors.hpp"

namespace patchbay {
namespace {

// A load that reports its share and answers nothing.
Task<Result<>> report_share(BenchOptions options, BenchReport& report) {
  report.connected = options.connections;
  report.requests = static_cast<std::uint64_t>(options.rate.value_or(0));
  report.measured = options.time;
  report.latency.record(Duration(options.connections));
  co_return ok();
}

TEST(RunBench, SharesOutAndAddsUp) {
  BenchOutcome outcome;
  const BenchOptions options{.connections = 10, .rate = 1000, .time = 3s};
  ASSERT_TRUE(run_bench(report_share, options, 4, nullptr, outcome));
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(outcome.signal, 0);
  EXPECT_EQ(outcome.report.connected, 10U);
  EXPECT_EQ(outcome.report.requests, 1000U);
  EXPECT_EQ(outcome.report.measured, 3s);
  EXPECT_EQ(outcome.report.latency.count(), 4U);
  EXPECT_EQ(outcome.report.latency.max(), 3ns);  // 3, 3, 2 and 2 connections
  EXPECT_EQ(outcome.report.latency.min(), 2ns);
}

Task<Result<>> report_requests(BenchOptions options, BenchReport& report) {
  report.requests = options.requests.value_or(0);
  report.latency.record(Duration(report.requests));
  co_return ok();
}

TEST(RunBench, SharesRequestsOutByConnections) {
  BenchOutcome outcome;
  const BenchOptions options{.connections = 5, .rate = 10, .requests = 11};
  ASSERT_TRUE(run_bench(report_requests, options, 2, nullptr, outcome));
  EXPECT_EQ(outcome.report.requests, 11U);
  EXPECT_EQ(outcome.report.latency.max(), 6ns);  // of 3 connections, and 5 of 2
  EXPECT_EQ(outcome.report.latency.min(), 5ns);
}

TEST(RunBench, HasNoMoreLoopsThanConnections) {
  BenchOutcome outcome;
  ASSERT_TRUE(run_bench(report_share, {.connections = 2}, 8, nullptr, outcome));
  EXPECT_EQ(outcome.report.latency.count(), 2U);
  EXPECT_EQ(outcome.report.connected, 2U);
}

Task<Result<>> fail_to_load(BenchOptions, BenchReport& report) {
  const Error refused(Fault::refused, "connect to");
  report.count(connect_fault(refused), &refused);
  co_return refused;
}

TEST(RunBench, HandsOnWhyThereWasNoLoad) {
  BenchOutcome outcome;
  ASSERT_TRUE(run_bench(fail_to_load, {.connections = 3}, 3, nullptr, outcome));
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->fault(), Fault::refused);
  EXPECT_EQ(outcome.report.faults_in_all(), 3U);
  ASSERT_TRUE(outcome.report.first_fault);
}

TEST(Descriptors, WhatIsBeyondTheLimitIsRefusedWithTheFix) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_TRUE(reserve_descriptors(1, 4));
  if (limit.rlim_max == RLIM_INFINITY) GTEST_SKIP() << "descriptors have no limit here";
  const auto refused = reserve_descriptors(limit.rlim_max, 4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "cannot open " + std::to_string(limit.rlim_max) + " connections");
  EXPECT_NE(refused.error().remedy.find("`ulimit -n "), std::string::npos);
  rlimit after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  EXPECT_EQ(after.rlim_cur, limit.rlim_cur);
}

TEST(Descriptors, TheSoftLimitIsRaisedWhereThatIsEnough) {
  rlimit limit{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  rlimit low = limit;
  low.rlim_cur = std::min<rlim_t>(64, limit.rlim_max);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  const auto reserved = reserve_descriptors(100, 4);
  rlimit after{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &after), 0);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &limit), 0);
  EXPECT_TRUE(reserved);
  EXPECT_EQ(after.rlim_cur, limit.rlim_max);
}

}  // namespace
}  // namespace patchbay
