// ScanRun::remaining(): what a scan says of its end, held against the end itself, in the time of
// model networks.
#include <gtest/gtest.h>

#include <cmath>

#include "patchbay/tools/scan/run/scan_run_fixture.hpp"

namespace patchbay {
namespace {

constexpr Duration k_look = 200ms;  // as often as the command line does

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

struct Told {
  Duration at{};  // from the beginning
  Duration left{};
};

struct Estimates {
  std::vector<Told> told;
  Duration took{};

  Estimates(const ScanPlan& plan, const ScanPace& pace, const ModelNetwork& network) {
    CountingListener listener;
    ScanRun run(plan, pace, listener, 1);
    ModelScan scan(run, network, 1);
    const Instant began = scan.now();
    Instant next = began + k_look;
    scan.each_step = [&](Instant now) {
      if (now < next) return;
      next = now + k_look;
      if (const auto left = run.remaining(now)) told.push_back({now - began, *left});
    };
    EXPECT_TRUE(scan.to_the_end());
    took = scan.now() - began;
  }

  // From the time on when 15 % are done: the end that is foretold is the end, to a tenth of the
  // whole.
  void expect_true() const {
    int looked = 0;
    for (const Told& one : told) {
      if (seconds(one.at) < 0.15 * seconds(took)) continue;
      ++looked;
      EXPECT_NEAR(seconds(one.at + one.left), seconds(took), 0.1 * seconds(took))
          << "after " << seconds(one.at) << " s";
    }
    EXPECT_GT(looked, 10);
  }

  // It may be corrected once, and then falls again.
  void expect_steady() const {
    for (std::size_t i = 2; i < told.size(); ++i) {
      const bool rises = told[i].left > told[i - 1].left;
      const bool rose = told[i - 1].left > told[i - 2].left;
      EXPECT_FALSE(rises && rose) << "after " << seconds(told[i].at) << " s";
    }
  }
};

TEST(ScanEstimate, OfABlackHole) {
  const ModelNetwork network{.truth = [](ScanTarget) { return Truth::dropped; }};
  const Estimates estimates(model_plan(1, 65'535, 100), {}, network);
  estimates.expect_true();
  estimates.expect_steady();
}

TEST(ScanEstimate, OfAFirewallThatLetsThreePortsThrough) {
  const ModelNetwork network{
      .truth = [](ScanTarget t) { return t % 20'000 == 7 ? Truth::open : Truth::dropped; }};
  const Estimates estimates(model_plan(1, 65'535, 100), {}, network);
  estimates.expect_true();
  estimates.expect_steady();
}

TEST(ScanEstimate, OfANetworkInQuarters) {
  const ModelNetwork network{.round_trip = 1ms, .truth = [](ScanTarget t) {
                               constexpr Truth k_quarters[] = {Truth::open, Truth::closed,
                                                               Truth::dropped, Truth::rejected};
                               return k_quarters[t % 4];
                             }};
  const Estimates estimates(model_plan(256, 100), {.silent_per_second = 1000}, network);
  estimates.expect_true();
  estimates.expect_steady();
}

TEST(ScanEstimate, OfPortsThatAnswerAtTheRateThatWasAllowed) {
  const ModelNetwork network{.round_trip = 10ms};
  const Estimates estimates(model_plan(1, 20'000), {.per_second = 1000}, network);
  estimates.expect_true();
  estimates.expect_steady();
}

TEST(ScanEstimate, OfAHostThatIsFollowedAtItsOwnRate) {
  const ModelNetwork network{.round_trip = 1ms, .answers_per_second = 200};
  const Estimates estimates(model_plan(1, 10'000), {.follow_limits = true}, network);
  // That it holds answers back shows in the fourth round only.
  for (const Told& one : estimates.told) {
    if (seconds(one.at) < 0.3 * seconds(estimates.took)) continue;
    EXPECT_NEAR(seconds(one.at + one.left), seconds(estimates.took), 0.25 * seconds(estimates.took))
        << "after " << seconds(one.at) << " s";
  }
}

}  // namespace
}  // namespace patchbay
