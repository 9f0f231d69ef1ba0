#include "patchbay/tools/scan/run/target_walk.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/scan/run/scan_run_fixture.hpp"

namespace patchbay {
namespace {

constexpr std::uint64_t k_seed = 11;

// Whichever part is shorter, that behind or that ahead.
TEST(TargetWalk, TellsWhatItHasPassed) {
  const ScanPlan plan = model_plan(3, 40, 5);
  for (const ScanShard& shard : {ScanShard(), ScanShard{.index = 1, .count = 3}}) {
    TargetWalk walk(plan, k_seed, shard);
    std::vector<bool> passed(plan.targets());
    EXPECT_EQ(walk.all_passed(), passed);
    while (const auto target = walk.due()) {
      EXPECT_EQ(walk.all_passed(), passed) << walk.passed();
      walk.pass();
      passed[*target] = true;
      EXPECT_EQ(walk.all_passed(), passed) << walk.passed();
    }
    EXPECT_EQ(walk.all_passed(), walk.all());
  }
}

TEST(TargetWalk, ShardsHaveAllOfItTogether) {
  const ScanPlan plan = model_plan(3, 40, 5);
  std::vector<int> times(plan.targets());
  for (std::uint32_t index = 0; index < 4; ++index) {
    const std::vector<bool> targets = TargetWalk(plan, k_seed, {.index = index, .count = 4}).all();
    for (ScanTarget target = 0; target < plan.targets(); ++target) {
      if (targets[target]) ++times[target];
    }
  }
  EXPECT_EQ(times, std::vector<int>(plan.targets(), 1));
  EXPECT_EQ(TargetWalk(plan, k_seed, {}).all(), std::vector<bool>(plan.targets(), true));
}

}  // namespace
}  // namespace patchbay
