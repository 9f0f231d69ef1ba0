#include "patchbay/tools/http_bench/http_bench_due.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/bench_threads.hpp"

namespace patchbay {
namespace {

constexpr std::uint64_t k_all = 1'000'000;

// Claims all that is due up to the end of an open loop, on every connection of the share.
Task<Result<>> claim_all(BenchOptions share, BenchReport& report) {
  BenchTally tally(share, report);
  tally.start();
  HttpBenchQuota quota({});
  for (std::size_t i = 0; i < share.connections; ++i) {
    HttpBenchDue due(share, i, tally, quota);
    due.claim(k_all, tally.end() - 1ns);
    EXPECT_EQ(due.unsent(tally.end()), 0U);
    EXPECT_EQ(due.next(tally.end() - 1ns), tally.end());
  }
  co_return ok();
}

// A time that is as long as so many requests take at that rate, which rounding makes no exact one.
std::uint64_t requests_made(std::uint64_t requests, double rate, std::uint32_t connections,
                            unsigned threads) {
  const BenchOptions load{
      .connections = connections,
      .rate = rate,
      .requests = requests,
      .warmup = 0s,
      .time = Duration(static_cast<Duration::rep>(static_cast<double>(requests) / rate * 1e9))};
  BenchOutcome outcome;
  EXPECT_TRUE(run_bench(claim_all, load, threads, nullptr, outcome));
  return outcome.report.requests;
}

TEST(HttpBenchDue, ANumberOfRequestsIsKeptAtAnyRate) {
  EXPECT_EQ(requests_made(7, 7, 4, 1), 7U);
  EXPECT_EQ(requests_made(10, 10, 3, 3), 10U);
  for (const unsigned threads : {1U, 2U, 3U, 5U}) {
    for (const std::uint64_t requests : {1U, 2U, 11U, 100U, 997U}) {
      for (const double rate : {0.5, 3.0, 333.0, 10'000.0}) {
        for (const std::uint32_t connections : {1U, 2U, 5U, 7U, 64U}) {
          EXPECT_EQ(requests_made(requests, rate, connections, threads), requests)
              << rate << "/s over " << connections << " with " << threads;
        }
      }
    }
  }
}

Task<Result<>> count_unsent(BenchOptions share, BenchReport& report) {
  BenchTally tally(share, report);
  tally.start();
  HttpBenchQuota quota({});
  const HttpBenchDue due(share, 0, tally, quota);
  EXPECT_EQ(due.unsent(tally.started() + 2s), 2000U);
  EXPECT_EQ(due.unsent(tally.end() + 1s), 60'000U);
  co_return ok();
}

TEST(HttpBenchDue, WhatIsNotYetDueIsNotUnsent) {
  BenchOutcome outcome;
  ASSERT_TRUE(
      run_bench(count_unsent, {.rate = 1000, .warmup = 0s, .time = 60s}, 1, nullptr, outcome));
}

}  // namespace
}  // namespace patchbay
