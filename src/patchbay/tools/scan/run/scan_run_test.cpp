#include "patchbay/tools/scan/run/scan_run.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "patchbay/tools/scan/run/scan_run_fixture.hpp"

namespace patchbay {
namespace {

std::uint64_t wrong_states(const ScanRun& run, const ModelNetwork& network) {
  std::uint64_t wrong = 0;
  for (ScanTarget target = 0; target < run.plan().targets(); ++target) {
    if (run.findings().at(target) != kind_of(network.truth(target))) ++wrong;
  }
  return wrong;
}

TEST(ScanRun, EveryTargetIsAskedOnceWhenAllAnswer) {
  const ScanPlan plan = model_plan(1, 65'535, 100);
  CountingListener listener;
  ScanRun run(plan, {}, listener, 1);
  const ModelNetwork network{.round_trip = 100us, .truth = [](ScanTarget t) {
                               return t % 1000 == 7 ? Truth::open : Truth::closed;
                             }};
  ModelScan scan(run, network, 1);
  ASSERT_TRUE(scan.to_the_end());
  EXPECT_EQ(scan.sent(), 65'535U);
  EXPECT_EQ(wrong_states(run, network), 0U);
  EXPECT_EQ(listener.opened, 66U);
  const ScanTotals totals = run.totals(scan.now());
  EXPECT_TRUE(totals.complete);
  EXPECT_EQ(totals.residual, 0);
  EXPECT_EQ(totals.of(PortState::open), 66U);
  EXPECT_EQ(totals.of(PortState::closed), 65'535U - 66);
}

// The goal of the issue: a black hole costs tries × ports ÷ ceiling and nothing more.
TEST(ScanRun, SilenceCostsWhatTheCeilingSays) {
  const ScanPlan plan = model_plan(1, 65'535, 100);
  CountingListener listener;
  ScanRun run(plan, {.silent_per_second = 100'000}, listener, 1);
  const ModelNetwork network{.round_trip = 1ms, .truth = [](ScanTarget t) {
                               return t < 3 ? Truth::open : Truth::dropped;
                             }};
  ModelScan scan(run, network, 1);
  ASSERT_TRUE(scan.to_the_end());
  EXPECT_LE(scan.sent(), 3 * 65'535U);
  EXPECT_LE(scan.now(), Instant(1s) + 2600ms);
  EXPECT_EQ(wrong_states(run, network), 0U);
  EXPECT_TRUE(run.totals(scan.now()).complete);
}

TEST(ScanRun, NobodyAtAllIsAskedThreeTimes) {
  const ScanPlan plan = model_plan(1, 1000);
  CountingListener listener;
  ScanRun run(plan, {}, listener, 1);
  const ModelNetwork network{.truth = [](ScanTarget) { return Truth::dropped; }};
  ModelScan scan(run, network, 1);
  ASSERT_TRUE(scan.to_the_end());
  EXPECT_EQ(scan.sent(), 3000U);
  EXPECT_LE(scan.now(), Instant(1s) + 3200ms);
  EXPECT_EQ(run.totals(scan.now()).of(PortState::filtered), 1000U);
}

TEST(ScanRun, LossIsMadeUpForAndEveryStateIsRight) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const ScanPlan plan = model_plan(1, 65'535, 100);
    CountingListener listener;
    ScanRun run(plan, {}, listener, seed);
    const ModelNetwork network{.loss_there = 0.02, .round_trip = 200us, .truth = [](ScanTarget t) {
                                 if (t % 650 == 0) return Truth::dropped;
                                 return t % 6000 == 5 ? Truth::rejected : Truth::closed;
                               }};
    ModelScan scan(run, network, seed);
    ASSERT_TRUE(scan.to_the_end());
    EXPECT_EQ(wrong_states(run, network), 0U) << seed;
    const ScanTotals totals = run.totals(scan.now());
    EXPECT_TRUE(totals.complete);
    EXPECT_NEAR(totals.loss, 0.02, 0.002);
    EXPECT_LE(totals.residual, 0.001);
    EXPECT_LE(scan.now(), Instant(1s) + 1s);
  }
}

TEST(ScanRun, ATryIsNotRepeatedBeforeItWasWaitedFor) {
  const ScanPlan plan = model_plan(1, 200);
  CountingListener listener;
  ScanRun run(plan, {.silent_per_second = 1e6, .timeout = 700ms}, listener, 1);
  std::map<ScanTarget, Instant> asked;
  for (Instant now(1s); !run.finished(now); now = std::max(now + 1ms, run.wake_at(now))) {
    while (const auto probe = run.next(now)) {
      const auto before = asked.find(probe->target);
      if (before != asked.end()) {
        EXPECT_GE(now - before->second, 700ms);
      }
      asked[probe->target] = now;
    }
    ASSERT_LT(now, Instant(1min));
  }
  EXPECT_EQ(asked.size(), 200U);
}

// With tries fixed to one and two, what it says it missed is what it missed.
TEST(ScanRun, TheStatedResidualIsTrue) {
  for (const unsigned tries : {1U, 2U}) {
    for (const double loss : {0.01, 0.05}) {
      double stated = 0;
      double missed = 0;
      for (std::uint64_t seed = 1; seed <= (tries == 1 ? 5 : 40); ++seed) {
        const ScanPlan plan = model_plan(1, 20'000);
        CountingListener listener;
        ScanRun run(plan, {.most_tries = tries}, listener, seed);
        const ModelNetwork network{
            .loss_there = loss, .loss_back = loss, .round_trip = 20ms, .truth = [](ScanTarget t) {
              return t % 2 == 0 ? Truth::open : Truth::closed;
            }};
        ModelScan scan(run, network, seed);
        ASSERT_TRUE(scan.to_the_end());
        stated += run.totals(scan.now()).residual;
        missed += 10'000 - static_cast<double>(run.findings().count(AnswerKind::open));
      }
      EXPECT_GT(missed, 100) << tries << " tries, " << loss;
      EXPECT_LT(std::abs(std::log(stated / missed)), std::log(1.3))
          << tries << " tries, " << loss << ": " << stated << " stated, " << missed << " missed";
    }
  }
}

TEST(ScanRun, AHostThatHoldsAnswersBackIsSaidToDoSo) {
  const ScanPlan plan = model_plan(1, 10'000);
  CountingListener listener;
  ScanRun run(plan, {}, listener, 1);
  const ModelNetwork network{.round_trip = 1ms, .answers_per_second = 200};
  ModelScan scan(run, network, 1);
  ASSERT_TRUE(scan.to_the_end());
  EXPECT_FALSE(run.totals(scan.now()).complete);
  const HostReport report = run.report(0);
  EXPECT_TRUE(report.rate_limited);
  ASSERT_EQ(report.rest.size(), 2U);
  EXPECT_EQ(report.rest[1].state, PortState::filtered);
  EXPECT_EQ(report.rest[1].reason, AnswerReason::rate_limited);
}

TEST(ScanRun, SuchAHostCanBeFollowedToTheEnd) {
  const ScanPlan plan = model_plan(1, 10'000);
  CountingListener listener;
  ScanRun run(plan, {.follow_limits = true}, listener, 1);
  const ModelNetwork network{.round_trip = 1ms, .answers_per_second = 200};
  ModelScan scan(run, network, 1);
  ASSERT_TRUE(scan.to_the_end());
  EXPECT_EQ(wrong_states(run, network), 0U);
  EXPECT_LE(scan.now(), Instant(1s) + 60s);
}

TEST(ScanRun, ShortagesAreNeverAState) {
  const ScanPlan plan = model_plan(1, 3000);
  CountingListener listener;
  ScanRun run(plan, {}, listener, 1);
  const ModelNetwork network{.round_trip = 1ms, .shortage = 0.3, .truth = mixed};
  ModelScan scan(run, network, 1);
  ASSERT_TRUE(scan.to_the_end());
  EXPECT_EQ(wrong_states(run, network), 0U);
  EXPECT_GT(run.totals(scan.now()).shortages, 500U);
}

// Until it is known who is to get it, a probe is not on its way, however long that takes.
TEST(ScanRun, AHeldProbeKeepsTheRoundOpen) {
  const ScanPlan plan = model_plan(2, 1);
  CountingListener listener;
  ScanRun run(plan, {.most_tries = 2, .least_tries = 2}, listener, 1);
  Instant now{1s};
  const auto held = run.next(now);
  ASSERT_TRUE(held);
  run.hold(now);
  const auto other = run.next(now);
  ASSERT_TRUE(other);
  run.answered(other->target, {.reason = AnswerReason::reset, .round_trip = 1ms}, now + 1ms);
  now += 30s;
  EXPECT_FALSE(run.next(now));
  EXPECT_FALSE(run.finished(now));
  run.let_go(now);
  EXPECT_FALSE(run.next(now + 50ms));  // it has just left
  const auto again = run.next(now + 1s);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->target, held->target);
  EXPECT_EQ(again->attempt, 2);
  run.hold(now + 1s);
  run.let_go(now + 2s);
  run.settle(*again, {.state = PortState::filtered, .reason = AnswerReason::host_unreachable},
             now + 2s);
  EXPECT_TRUE(run.finished(now + 2s));
  EXPECT_EQ(run.totals(now + 2s).sent, 2U);
}

TEST(ScanRun, StopsAndGoesOnWhereItWas) {
  const ScanPlan plan = model_plan(4, 5000, 10);
  CountingListener listener;
  const ModelNetwork network{.round_trip = 5ms, .truth = mixed};
  ScanRun first(plan, {}, listener, 9);
  ModelScan broken(first, network, 1);
  broken.break_off_at = Instant(1s) + 12ms;
  ASSERT_TRUE(broken.to_the_end());
  EXPECT_LE(broken.now(), *broken.break_off_at + 310ms);
  EXPECT_FALSE(first.totals(broken.now()).complete);
  const std::uint64_t known = first.findings().answered();
  EXPECT_GT(known, 100U);
  EXPECT_LT(known, 16'000U);

  ScanRun second(plan, {}, listener, 9);
  second.resume(first.position(), first.findings().map().words(),
                {first.findings().details().begin(), first.findings().details().end()},
                {first.findings().speakers().begin(), first.findings().speakers().end()});
  EXPECT_EQ(second.findings().hosts_up(), 4U);
  EXPECT_NE(second.report(0).reason, AnswerReason::no_response);
  ModelScan rest(second, network, 2);
  ASSERT_TRUE(rest.to_the_end());
  EXPECT_EQ(wrong_states(second, network), 0U);
  for (ScanTarget target = 0; target < rest.asked().size(); ++target) {
    if (first.findings().at(target) != AnswerKind::none) {
      EXPECT_EQ(rest.asked()[target], 0U) << target;
    }
  }
}

// 10,000 silent ports at 10,000 a second, three times, whenever it is asked.
TEST(ScanRun, SaysHowLongItMayStillTake) {
  const ScanPlan plan = model_plan(1, 10'000);
  CountingListener listener;
  ScanRun run(plan, {}, listener, 1);
  Instant now(1s);
  EXPECT_FALSE(run.remaining(now));
  for (Instant told = now; !run.finished(now); now = std::max(now + 1ms, run.wake_at(now))) {
    while (run.next(now)) {
    }
    if (now - told < 100ms) continue;
    told = now;
    const Duration really = Instant(1s) + 4s - now;
    if (const auto left = run.remaining(now)) {
      EXPECT_LT(*left, really + 2s) << (now - Instant(1s)) / 1ms;
      EXPECT_GT(*left, really - 2s) << (now - Instant(1s)) / 1ms;
    }
    ASSERT_LT(now, Instant(1min));
  }
}

TEST(ScanRun, ShardsAreDisjointAndComplete) {
  const ScanPlan plan = model_plan(3, 700, 10);
  const ModelNetwork network{.round_trip = 1ms, .truth = mixed};
  std::vector<std::uint32_t> asked(plan.targets());
  for (std::uint32_t shard = 0; shard < 7; ++shard) {
    CountingListener listener;
    ScanRun run(plan, {}, listener, 5, {.index = shard, .count = 7});
    ModelScan scan(run, network, shard);
    ASSERT_TRUE(scan.to_the_end());
    for (ScanTarget target = 0; target < scan.asked().size(); ++target) {
      if (scan.asked()[target] != 0) ++asked[target];
    }
  }
  EXPECT_EQ(std::ranges::count(asked, 1U), static_cast<std::ptrdiff_t>(plan.targets()));
}

TEST(ScanRun, ASkippedHostIsNotAskedAnyMore) {
  const ScanPlan plan = model_plan(2, 1000);
  CountingListener listener;
  ScanRun run(plan, {}, listener, 1);
  run.skip_host(1);
  const ModelNetwork network{.truth = mixed};
  ModelScan scan(run, network, 1);
  ASSERT_TRUE(scan.to_the_end());
  EXPECT_EQ(run.findings().tally(1).answers, 0U);
  EXPECT_TRUE(run.report(1).skipped);
  EXPECT_FALSE(run.totals(scan.now()).complete);
}

TEST(ScanRun, OneAnswerIsEnoughToBeThere) {
  ScanPlan plan = model_plan(100, 3);
  plan.one_answer_is_enough = true;
  CountingListener listener;
  ScanRun run(plan, {.silent_per_second = 100, .first_waiting = 1}, listener, 1);
  const ModelNetwork network{.round_trip = 1ms};
  ModelScan scan(run, network, 1);
  ASSERT_TRUE(scan.to_the_end());
  EXPECT_EQ(run.findings().hosts_up(), 100U);
  EXPECT_LT(scan.sent(), 200U);
}

// A source port that the user names hides which try was answered, and not how much is lost.
TEST(ScanRun, KnowsOfLossAlsoWhereNoTryIsTold) {
  const ScanPlan plan = model_plan(1, 2000);
  CountingListener listener;
  ScanRun run(plan, {}, listener, 1);
  const ModelNetwork network{
      .loss_there = 0.3, .loss_back = 0.3, .tells_attempt = false, .truth = [](ScanTarget) {
        return Truth::open;
      }};
  ModelScan scan(run, network, 1);
  ASSERT_TRUE(scan.to_the_end());
  const ScanTotals totals = run.totals(scan.now());
  EXPECT_GT(totals.loss, 0.3);
  const auto missed = 2000 - static_cast<double>(run.findings().count(AnswerKind::open));
  EXPECT_LT(missed, 10 + 3 * totals.residual);
}

// What was asked and could not be sent was not asked.
TEST(ScanRun, TellsNothingOfWhatNeverLeft) {
  const ScanPlan plan = model_plan(1, 10);
  CountingListener listener;
  ScanRun run(plan, {}, listener, 1);
  Instant now{1s};
  const auto sent = run.next(now);
  const auto unsent = run.next(now);
  ASSERT_TRUE(sent && unsent);
  run.unsent(*unsent, now);
  run.stop(now);
  run.forget_unasked();
  EXPECT_EQ(run.totals(now).targets, 1U);
}

// The answers that were on their way when a scan was cut off are not those of silent ports.
TEST(ScanRun, OneTryEachIsOneThatWasWaitedFor) {
  const ScanPlan plan = model_plan(1, 1000);
  CountingListener listener;
  const ScanPace pace{.most_tries = 1, .least_tries = 1};
  const ModelNetwork network{.round_trip = 50ms, .truth = mixed};
  for (const Duration cut : {1ms, 30ms, 60ms, 100ms, 150ms, 1000ms}) {
    ScanRun first(plan, pace, listener, 3);
    ModelScan begun(first, network, 1);
    begun.cut_off_at = Instant(1s) + cut;
    ASSERT_TRUE(begun.to_the_end());
    ScanRun second(plan, pace, listener, 3);
    second.resume(first.position(), first.findings().map().words(),
                  {first.findings().details().begin(), first.findings().details().end()},
                  {first.findings().speakers().begin(), first.findings().speakers().end()});
    ModelScan rest(second, network, 2);
    ASSERT_TRUE(rest.to_the_end());
    EXPECT_EQ(wrong_states(second, network), 0U) << cut / 1ms;
  }
}

}  // namespace
}  // namespace patchbay
