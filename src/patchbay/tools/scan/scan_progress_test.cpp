#include "patchbay/tools/scan/scan_progress.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/scan/run/scan_run_fixture.hpp"

namespace patchbay {
namespace {

TEST(ScanProgress, IsALine) {
  ScanProgress progress{.done = 0.414,
                        .left = 20'200ms,
                        .answered = 12'345,
                        .targets = 65'535,
                        .per_second = 48'211.4};
  EXPECT_EQ(to_string(progress),
            "scan: 41 %, 12,345 of 65,535 answered, 48,211 probes/s, 21 s left");
  progress.left.reset();
  EXPECT_EQ(to_string(progress), "scan: 41 %, 12,345 of 65,535 answered, 48,211 probes/s");
}

TEST(ScanProgress, OfServicesCountsPorts) {
  ServiceMeter meter(29, 64, 10s);
  for (std::size_t i = 0; i < 29; ++i) meter.began(i, Instant(1s));
  for (std::size_t i = 0; i < 12; ++i) meter.ended(i, Instant(2s));
  const ScanProgress progress = progress_of(meter, 7s, Instant(2s));
  EXPECT_EQ(progress.elapsed, 7s);
  const std::string line = to_string(progress);
  EXPECT_TRUE(line.starts_with("services: 41 %, 12 of 29 ports asked")) << line;
  EXPECT_FALSE(line.contains("probes")) << line;
}

// The end that it foretells is not that of the scan.
TEST(ScanProgress, OfLookingForHostsSaysSo) {
  for (const bool finds_hosts : {true, false}) {
    ScanPlan plan = model_plan(10, 2);
    plan.one_answer_is_enough = finds_hosts;
    CountingListener listener;
    ScanRun run(plan, {}, listener, 1);
    const std::string line = to_string(ScanGauge(run).read(Instant(1s)));
    EXPECT_TRUE(line.starts_with(finds_hosts ? "hosts: 0 %, " : "scan: 0 %, ")) << line;
  }
}

}  // namespace
}  // namespace patchbay
