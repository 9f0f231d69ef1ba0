// ScanRun::remaining() and progress(): what a scan says of its end, held against the end itself, in
// the time of model networks.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <optional>
#include <vector>

#include "patchbay/tools/scan/run/scan_run_fixture.hpp"

namespace patchbay {
namespace {

constexpr Duration k_look = 200ms;  // as often as the command line does
constexpr double k_tenth = 0.1;

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

struct Told {
  double at = 0;  // seconds, from the beginning
  double left = 0;
  double done = 0;
};

// What was told from the time on when a scan was watched, and when that was over.
struct Estimates {
  std::vector<Told> told;
  double took = 0;

  // The end that is foretold is the end, to this share of the whole, once so much of it is over.
  void expect_true(double within = k_tenth, double from = 0.15) const {
    int looked = 0;
    for (const Told& one : told) {
      if (one.at < from * took) continue;
      ++looked;
      EXPECT_NEAR(one.at + one.left, took, within * took) << "after " << one.at << " s";
    }
    EXPECT_GT(looked, 10);
  }

  // It may be corrected once, and then falls again.
  void expect_steady() const {
    for (std::size_t i = 2; i < told.size(); ++i) {
      const bool rises = told[i].left > told[i - 1].left;
      const bool rose = told[i - 1].left > told[i - 2].left;
      EXPECT_FALSE(rises && rose) << "after " << told[i].at << " s";
    }
  }

  // The share of what is done is the share of the time.
  void expect_even(double within = k_tenth) const {
    for (const Told& one : told) {
      if (one.at < 0.15 * took) continue;
      EXPECT_NEAR(one.done, one.at / took, within) << "after " << one.at << " s";
    }
  }
};

struct Watched {
  explicit Watched(const ScanPlan& plan, const ScanPace& pace = {})
      : run(plan, pace, listener, 1) {}

  // `meanwhile` is called at each look.
  Estimates to_the_end(const ModelNetwork& network,
                       const std::function<void(double)>& meanwhile = {}) {
    ModelScan scan(run, network, 1);
    Estimates estimates;
    const Instant began = scan.now();
    Instant next = began + k_look;
    scan.each_step = [&](Instant now) {
      if (now < next) return;
      next = now + k_look;
      if (meanwhile) meanwhile(seconds(now - began));
      const auto left = run.remaining(now);
      if (left) estimates.told.push_back({seconds(now - began), seconds(*left), run.progress()});
    };
    EXPECT_TRUE(scan.to_the_end(24h));
    estimates.took = seconds(scan.now() - began);
    return estimates;
  }

  CountingListener listener;
  ScanRun run;
};

Truth nobody(ScanTarget) { return Truth::dropped; }

Truth quarters(ScanTarget target) {
  constexpr Truth k_quarters[] = {Truth::open, Truth::closed, Truth::dropped, Truth::rejected};
  return k_quarters[target % 4];
}

TEST(ScanEstimate, OfABlackHole) {
  const ScanPlan plan = model_plan(1, 65'535, 100);
  const Estimates estimates = Watched(plan).to_the_end({.truth = nobody});
  estimates.expect_true();
  estimates.expect_steady();
  estimates.expect_even();
}

TEST(ScanEstimate, OfAFirewallThatLetsThreePortsThrough) {
  const ScanPlan plan = model_plan(1, 65'535, 100);
  const Estimates estimates = Watched(plan).to_the_end(
      {.truth = [](ScanTarget t) { return t % 20'000 == 7 ? Truth::open : Truth::dropped; }});
  estimates.expect_true();
  estimates.expect_steady();
  estimates.expect_even();
}

// Enough of them answer that two rounds will do, which shows only as they do.
TEST(ScanEstimate, OfAFirewallThatLetsSomePortsThrough) {
  const ScanPlan plan = model_plan(1, 65'535, 100);
  const Estimates estimates = Watched(plan).to_the_end(
      {.truth = [](ScanTarget t) { return t % 150 == 7 ? Truth::open : Truth::dropped; }});
  estimates.expect_true();
  estimates.expect_steady();
}

TEST(ScanEstimate, OfANetworkInQuarters) {
  const ScanPlan plan = model_plan(256, 100);
  const Estimates estimates =
      Watched(plan, {.silent_per_second = 1000}).to_the_end({.round_trip = 1ms, .truth = quarters});
  estimates.expect_true();
  estimates.expect_steady();
}

TEST(ScanEstimate, OfPortsThatAnswerAtTheRateThatWasAllowed) {
  const ScanPlan plan = model_plan(1, 20'000);
  const Estimates estimates = Watched(plan, {.per_second = 1000}).to_the_end({.round_trip = 10ms});
  estimates.expect_true();
  estimates.expect_steady();
  estimates.expect_even();
}

TEST(ScanEstimate, OfAHostThatIsSpared) {
  const ScanPlan plan = model_plan(1, 400);
  const Estimates estimates =
      Watched(plan, {.host_spacing = 500ms}).to_the_end({.round_trip = 1ms, .truth = quarters});
  estimates.expect_true();
  estimates.expect_even();
}

// Fifty at a time, each of which is waited for.
TEST(ScanEstimate, OfFewProbesAtATime) {
  const ScanPlan plan = model_plan(1, 1000);
  const Estimates estimates =
      Watched(plan, {.waiting = 50, .first_waiting = 50}).to_the_end({.truth = nobody});
  estimates.expect_true();
  estimates.expect_steady();
  estimates.expect_even();
}

// One try each, and then some of those that answered once more.
TEST(ScanEstimate, OfOneTryEachAndItsSamples) {
  const ScanPlan plan = model_plan(1, 20'000);
  const Estimates estimates = Watched(plan, {.per_second = 1000, .most_tries = 1, .least_tries = 1})
                                  .to_the_end({.round_trip = 10ms, .truth = quarters});
  estimates.expect_true(0.2);
}

TEST(ScanEstimate, OfAHostThatIsFollowedAtItsOwnRate) {
  const ScanPlan plan = model_plan(1, 10'000);
  const Estimates estimates = Watched(plan, {.follow_limits = true})
                                  .to_the_end({.round_trip = 1ms, .answers_per_second = 200});
  // That it holds answers back shows in the fourth round only.
  estimates.expect_true(0.25, 0.3);
}

// The first round is nearly over when the scan goes on, and the others are all to come.
TEST(ScanEstimate, OfAScanThatGoesOn) {
  const ScanPlan plan = model_plan(1, 65'535);
  const ModelNetwork network{.truth = nobody};
  Watched first(plan);
  ModelScan begun(first.run, network, 1);
  begun.cut_off_at = begun.now() + 5s;
  ASSERT_TRUE(begun.to_the_end());
  Watched second(plan);
  second.run.resume(first.run.position(), first.run.findings().map().words(),
                    first.run.findings().details().saved());
  second.to_the_end(network).expect_true();
}

// The keys + and -: what was measured before says nothing any more.
TEST(ScanEstimate, OfAPaceThatIsChanged) {
  for (const double factor : {0.5, 4.0}) {
    const ScanPlan plan = model_plan(1, 65'535);
    Watched watched(plan);
    bool is_changed = false;
    Estimates estimates = watched.to_the_end({.truth = nobody}, [&](double at) {
      if (at < 3 || is_changed) return;
      is_changed = true;
      watched.run.set_ceiling(10'000 * factor);
    });
    std::erase_if(estimates.told, [](const Told& one) { return one.at < 3.1; });
    estimates.expect_true();
    estimates.expect_steady();
  }
}

TEST(ScanEstimate, OfHostsThatAreSkipped) {
  const ScanPlan plan = model_plan(4, 10'000);
  Watched watched(plan, {.silent_per_second = 2000});
  bool is_skipped = false;
  Estimates estimates = watched.to_the_end({.truth = nobody}, [&](double at) {
    if (at < 25 || is_skipped) return;
    is_skipped = true;
    for (const std::uint64_t host : {0U, 1U, 2U}) watched.run.skip_host(host);
  });
  std::erase_if(estimates.told, [](const Told& one) { return one.at < 25.1; });
  EXPECT_LT(estimates.took, 50);
  estimates.expect_true();
}

// Of hosts that are looked for, one answer settles all that is asked of one.
TEST(ScanEstimate, OfLookingForHosts) {
  ScanPlan plan = model_plan(4096, 4);
  plan.one_answer_is_enough = true;
  const Estimates estimates =
      Watched(plan, {.silent_per_second = 1000})
          .to_the_end({.round_trip = 1ms, .truth = [](ScanTarget target) {
                         return target % 4096 % 4 == 0 ? Truth::closed : Truth::dropped;
                       }});
  estimates.expect_true(0.15);
}

// Loss shows in second tries: before that the end comes later than was foretold.
TEST(ScanEstimate, OfAPathThatLoses) {
  const ScanPlan plan = model_plan(1, 20'000);
  const Estimates estimates =
      Watched(plan, {.silent_per_second = 2000})
          .to_the_end({.loss_there = 0.02, .round_trip = 1ms, .truth = [](ScanTarget target) {
                         return target % 10 == 0 ? Truth::closed : Truth::dropped;
                       }});
  estimates.expect_true(0.55);
  estimates.expect_true(0.25, 0.5);
}

TEST(ScanEstimate, IsNoneBeforeAnythingIsKnown) {
  const ScanPlan plan = model_plan(1, 10'000);
  CountingListener listener;
  ScanRun run(plan, {}, listener, 1);
  Instant now(1s);
  EXPECT_FALSE(run.remaining(now));
  EXPECT_EQ(run.progress(), 0);
  while (run.next(now)) {
  }
  EXPECT_FALSE(run.remaining(now));
  EXPECT_FALSE(run.remaining(now + 300ms));
}

}  // namespace
}  // namespace patchbay
