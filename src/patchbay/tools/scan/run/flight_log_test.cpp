#include "patchbay/tools/scan/run/flight_log.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

constexpr Instant k_start{10s};

TEST(FlightLog, CountsWhatIsWaitedForAndWhatIsNoMore) {
  FlightLog log;
  log.sent(k_start);
  log.sent(k_start + 50ms);
  log.sent(k_start + 50ms);
  EXPECT_EQ(log.waiting(), 3U);
  EXPECT_TRUE(log.answered(k_start + 50ms));
  EXPECT_EQ(log.expire(k_start + 20ms), 1U);
  EXPECT_FALSE(log.answered(k_start));  // too late
  EXPECT_EQ(log.waiting(), 1U);
}

// A reset echoes no timestamp, so it says when its probe was sent to 2.1 ms only, and too early.
TEST(FlightLog, ACoarseTimeIsAnAnswersAllTheSame) {
  FlightLog log;
  for (int round = 0; round < 100; ++round) {
    const Instant now = k_start + round * 20ms;
    log.sent(now + 1ms);
    EXPECT_TRUE(log.answered(now - 1ms)) << round;
    EXPECT_EQ(log.waiting(), 0U);
  }
}

}  // namespace
}  // namespace patchbay
