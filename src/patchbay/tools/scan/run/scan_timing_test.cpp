#include "patchbay/tools/scan/run/scan_timing.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

TEST(ScanTiming, OnlySilenceIsPacedFromThreeOn) {
  const auto pace = scan_pace_of({}, false);
  ASSERT_TRUE(pace);
  EXPECT_EQ(pace->silent_per_second, 10'000);
  EXPECT_FALSE(pace->per_second);
  EXPECT_FALSE(pace->host_per_second);
  EXPECT_EQ(pace->timeout, 1s);
  const auto slow = scan_pace_of({.level = 1}, false);
  ASSERT_TRUE(slow && slow->per_second);
  EXPECT_NEAR(*slow->per_second, 1.0 / 15, 1e-9);
  EXPECT_EQ(slow->first_waiting, 1U);
}

TEST(ScanTiming, WhatIsSaidByNameOverrulesTheLevel) {
  const auto pace = scan_pace_of(
      {.level = 5, .max_rate = 250, .max_parallelism = 10, .timeout = 300ms, .max_retries = 0},
      false);
  ASSERT_TRUE(pace);
  EXPECT_EQ(pace->per_second, 250);
  EXPECT_EQ(pace->silent_per_second, 250);
  EXPECT_EQ(pace->waiting, 10U);
  EXPECT_EQ(pace->first_waiting, 10U);
  EXPECT_EQ(pace->timeout, 300ms);
  EXPECT_EQ(pace->first_wait, 300ms);
  EXPECT_EQ(pace->most_tries, 1U);
  EXPECT_EQ(pace->least_tries, 1U);
}

TEST(ScanTiming, PublicHostsHaveACeilingThatCanBeRaised) {
  EXPECT_EQ(scan_pace_of({}, true)->host_per_second, 1000);
  EXPECT_EQ(scan_pace_of({.max_host_rate = 5}, true)->host_per_second, 5);
}

TEST(ScanTiming, TheLeastRateStandsBelowTheCeilings) {
  EXPECT_EQ(scan_pace_of({}, false)->least_per_second, 0);
  EXPECT_EQ(scan_pace_of({.max_rate = 250, .min_rate = 250}, false)->least_per_second, 250);
  EXPECT_EQ(scan_pace_of({.min_rate = 10'000}, false)->least_per_second, 10'000);
  const auto above = scan_pace_of({.max_rate = 250, .min_rate = 251}, false);
  ASSERT_FALSE(above);
  EXPECT_EQ(above.error().what, "--min-rate 251/s is above the ceiling");
  EXPECT_EQ(above.error().why, "--max-rate says no more than 250/s");
  const auto of_level = scan_pace_of({.level = 2, .min_rate = 100}, false);
  ASSERT_FALSE(of_level);
  EXPECT_EQ(of_level.error().why, "with -T2 no more than 2.5/s go out unanswered");
  EXPECT_EQ(of_level.error().remedy, "--max-rate 100 beside it");
}

TEST(ScanTiming, AHostMayBeSparedAndGivenUp) {
  const auto pace = scan_pace_of({.scan_delay = 20ms, .host_timeout = 30s}, false);
  ASSERT_TRUE(pace);
  EXPECT_EQ(pace->host_spacing, 20ms);
  EXPECT_EQ(pace->host_timeout, 30s);
  EXPECT_FALSE(scan_pace_of({}, false)->host_timeout);
}

TEST(ScanTiming, ATryIsNotWaitedForLongerThanItsLimit) {
  const auto pace = scan_pace_of({.timeout = 200ms, .first_timeout = 300ms}, false);
  ASSERT_FALSE(pace);
  EXPECT_EQ(pace.error().what, "a try cannot be waited for longer than --timeout");
}

TEST(ScanTiming, AccuracyAlsoFollowsWhoHoldsBack) {
  const auto pace = scan_pace_of({.accuracy = "99.9%"}, false);
  ASSERT_TRUE(pace);
  EXPECT_TRUE(pace->follow_limits);
  EXPECT_NEAR(pace->residual_share, 0.001, 1e-9);
  for (const char* wrong : {"", "%", "49", "101%", "99.9%%", "-1", "x"}) {
    EXPECT_FALSE(scan_pace_of({.accuracy = wrong}, false)) << wrong;
  }
}

}  // namespace
}  // namespace patchbay
