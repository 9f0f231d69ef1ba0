#include "patchbay/tools/scan/run/path_watch.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

constexpr double k_least = 1'000;

// Sends as fast as the watch and `most` let it, over a path of which `passes` tells what share of
// so many a second gets through. Every port is closed, and who loses something is silent.
class Sender {
 public:
  explicit Sender(double most) : most_(most) {}

  template <class Passes>
  void send_for(Duration time, Passes passes) {
    const Instant end = now_ + time;
    while (now_ < end) {
      now_ += 1ms;
      watch_.refill(now_);
      watch_.silent(0);
      watch_.expire(now_ - 100ms, now_);
      send_some(passes);
    }
  }

  const PathWatch& watch() const { return watch_; }
  double canaries() const { return canaries_; }
  double sent() const { return sent_; }

 private:
  template <class Passes>
  void send_some(Passes passes) {
    const double pace = std::min(watch_.slowed_to().value_or(most_), most_);
    const double share = passes(pace);
    due_ += pace / 1000;
    for (; due_ >= 1 && watch_.has_one(); due_ -= 1) {
      watch_.take(now_);
      ++sent_;
      // As evenly as can be: nothing here is left to chance.
      passed_ += share;
      const bool passes_now = passed_ >= 1;
      if (passes_now) passed_ -= 1;
      if (const auto canary = watch_.next_canary(now_)) {
        ++canaries_;
        // So many of them do, whichever of the probes they are.
        canaries_passed_ += share;
        if (canaries_passed_ < 1) continue;
        canaries_passed_ -= 1;
        EXPECT_TRUE(watch_.heard(*canary));
      } else if (passes_now) {
        watch_.answered(next_target_++);
      } else {
        watch_.silent(1);
      }
    }
  }

  PathWatch watch_{k_least};
  double most_;
  Instant now_{1s};
  ScanTarget next_target_ = 0;
  double due_ = 0;
  double passed_ = 0;
  double canaries_passed_ = 0;
  double canaries_ = 0;
  double sent_ = 0;
};

double all(double) { return 1; }

TEST(PathWatch, WhereNothingIsSilentNobodyIsAskedAgain) {
  Sender sender(100'000);
  sender.send_for(5s, all);
  EXPECT_EQ(sender.canaries(), 0);
  EXPECT_FALSE(sender.watch().slowed_to());
}

TEST(PathWatch, SlowsDownToWhatAPathHasRoomForAndRecovers) {
  Sender sender(100'000);
  sender.send_for(5s, [](double pace) { return std::min(1.0, 20'000 / pace); });
  ASSERT_TRUE(sender.watch().slowed_to());
  EXPECT_GT(*sender.watch().slowed_to(), 9'000);
  EXPECT_LT(*sender.watch().slowed_to(), 40'000);
  sender.send_for(60s, all);
  EXPECT_GE(sender.watch().slowed_to().value_or(1e9), 100'000);
}

TEST(PathWatch, DoesNotSlowDownForLossOfAnyPace) {
  Sender sender(100'000);
  sender.send_for(20s, [](double) { return 0.7; });
  EXPECT_FALSE(sender.watch().slowed_to());
  EXPECT_GT(sender.sent(), 0.9 * 20 * 100'000);  // but for the time that finding out has taken
  EXPECT_LT(sender.canaries(), sender.sent() / 30);
}

TEST(PathWatch, StopsSlowingDownAtTheLeastPace) {
  Sender sender(1'500);
  sender.send_for(60s, [](double pace) { return std::min(1.0, 1'050 / pace); });
  EXPECT_GE(sender.watch().slowed_to().value_or(k_least), k_least);
}

// Two hundred answers a second, however fast it is asked.
TEST(PathWatch, DoesNotFollowAHostWithALimit) {
  Sender sender(100'000);
  sender.send_for(60s, [](double pace) { return std::min(1.0, 200 / pace); });
  EXPECT_FALSE(sender.watch().slowed_to());
}

// Silence that is a firewall's: whoever answered answers again.
TEST(PathWatch, AFirewallIsNoLoss) {
  PathWatch watch(k_least);
  Instant now(1s);
  for (int i = 0; i < 200'000; ++i) {
    now += 10us;
    watch.expire(now - 100ms, now);
    watch.take(now);
    if (const auto canary = watch.next_canary(now)) {
      EXPECT_TRUE(watch.heard(*canary));
    } else if (i % 2 == 0) {
      watch.answered(static_cast<ScanTarget>(i));
    } else {
      watch.silent(1);
    }
  }
  EXPECT_FALSE(watch.slowed_to());
}

TEST(PathWatch, AnAnswerThatNobodyWaitsForIsNoCanarys) {
  PathWatch watch(k_least);
  EXPECT_FALSE(watch.heard(7));
}

}  // namespace
}  // namespace patchbay
