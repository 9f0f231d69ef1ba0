#include "patchbay/tools/bench_text.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

TEST(BenchText, NoFaultIsNone) { EXPECT_EQ(fault_words({}), "none"); }

TEST(BenchText, FaultsAreCountedByKind) {
  BenchReport report;
  report.count(BenchFault::refused);
  report.count(BenchFault::refused);
  report.count(BenchFault::timed_out);
  report.unanswered = 1;
  EXPECT_EQ(fault_words(report), "2 refused, 1 timed out; 1 request unanswered");
  Record record("x");
  add_faults(record, report);
  EXPECT_NE(record.json().find(R"("errors":{"refused":2,"unreachable":0,)"), std::string::npos);
}

TEST(BenchText, LatencyIsToldByPercentiles) {
  Histogram latency;
  for (int i = 1; i <= 100; ++i) latency.record(i * 1us);
  Record record("x");
  add_latency(record, latency);
  EXPECT_NE(record.json().find(R"("max_us":100,)"), std::string::npos);
  EXPECT_TRUE(latency_words(latency).starts_with("p50 50"));
  EXPECT_TRUE(latency_words(latency).ends_with("max 100 µs"));
}

TEST(BenchText, ARateNeedsTime) {
  EXPECT_EQ(per_second(5, Duration{}), 0);
  EXPECT_EQ(per_second(5, 2s), 2.5);
}

}  // namespace
}  // namespace patchbay
