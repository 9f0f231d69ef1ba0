#include "patchbay/tools/scan/run/scan_run.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "patchbay/tools/scan/run/scan_checkpoint.hpp"
#include "patchbay/tools/scan/run/scan_checkpoint_fixture.hpp"
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

// --- a path that stands still --------------------------------------------------------------------

// From 30 ms on, when a part has been asked, for so long: longer than two tries and the wait at the
// end.
ModelNetwork standing_still(Duration length) {
  return {.round_trip = 20ms, .still_from = 30ms, .still_until = 30ms + length, .truth = mixed};
}

// Answers that come late are taken, as by packets, or nobody listens any more, as by connections.
TEST(ScanRun, APathThatStandsStillIsNoSilence) {
  for (const Duration length : {150ms, 400ms, 700ms, 1500ms, 2500ms}) {
    for (const bool hears_late : {true, false}) {
      const ScanPlan plan = model_plan(1, 4000);
      CountingListener listener;
      ScanRun run(plan, {}, listener, 1);
      ModelNetwork network = standing_still(length);
      network.hears_late = hears_late;
      ModelScan scan(run, network, 1);
      ASSERT_TRUE(scan.to_the_end());
      EXPECT_EQ(wrong_states(run, network), 0U) << length / 1ms << " ms, " << hears_late;
    }
  }
}

TEST(ScanRun, APathThatLosesAllForAWhileIsNoSilence) {
  for (const Duration length : {150ms, 400ms, 700ms, 1500ms, 2500ms}) {
    const ScanPlan plan = model_plan(1, 4000);
    CountingListener listener;
    ScanRun run(plan, {}, listener, 1);
    const ModelNetwork network{
        .round_trip = 20ms, .gone_from = 30ms, .gone_until = 30ms + length, .truth = mixed};
    ModelScan scan(run, network, 1);
    ASSERT_TRUE(scan.to_the_end());
    EXPECT_EQ(wrong_states(run, network), 0U) << length / 1ms << " ms";
  }
}

// What it says of those who are silent then is that it does not know.
TEST(ScanRun, WhoIsAskedAfterEverybodyHasGoneIsNotKnown) {
  const ScanPlan plan = model_plan(1, 4000);
  CountingListener listener;
  ScanRun run(plan, {}, listener, 1);
  const ModelNetwork network{
      .round_trip = 20ms, .gone_from = 30ms, .gone_until = Duration::max(), .truth = mixed};
  ModelScan scan(run, network, 1);
  ASSERT_TRUE(scan.to_the_end());
  EXPECT_LE(scan.now(), Instant(1s) + 8s);
  EXPECT_LE(scan.sent(), 3 * plan.targets());
  const ScanTotals totals = run.totals(scan.now());
  EXPECT_FALSE(totals.complete);
  EXPECT_TRUE(totals.went_silent);
  const auto missed = 400 - static_cast<double>(totals.of(PortState::open));
  EXPECT_GT(missed, 0);
  EXPECT_GT(totals.residual, missed / 2);
  EXPECT_FALSE(run.position().is_whole);
}

// Each silent port is asked no more often than was wished, whether the path stands still or not.
TEST(ScanRun, NobodyIsAskedMoreOftenForAPathThatStandsStill) {
  const ScanPlan plan = model_plan(1, 4000);
  CountingListener listener;
  ScanRun run(plan, {.most_tries = 2}, listener, 1);
  ModelNetwork network = standing_still(700ms);
  network.hears_late = false;
  ModelScan scan(run, network, 1);
  ASSERT_TRUE(scan.to_the_end());
  EXPECT_FALSE(run.totals(scan.now()).complete);
  for (ScanTarget target = 0; target < plan.targets(); ++target) {
    if (run.findings().at(target) == AnswerKind::none) EXPECT_EQ(scan.asked()[target], 2U);
  }
}

// That nobody answers costs nothing where it is loss: it is asked as often as loss demands.
TEST(ScanRun, LossIsNoStandstill) {
  const auto took = [](double loss) {
    Duration time{};
    for (std::uint64_t seed = 1; seed <= 20; ++seed) {
      const ScanPlan plan = model_plan(1, 1000);
      CountingListener listener;
      ScanRun run(plan, {}, listener, seed);
      const ModelNetwork network{.loss_there = loss, .round_trip = 1ms, .truth = mixed};
      ModelScan scan(run, network, seed);
      EXPECT_TRUE(scan.to_the_end());
      EXPECT_TRUE(run.totals(scan.now()).complete) << seed;
      time += scan.now() - Instant(1s);
    }
    return time;
  };
  EXPECT_LT(took(0.2), 20 * 3s);
}

// --- hosts that hold back ------------------------------------------------------------------------

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

// Five resets at once and then two hundred a second: too few a round to be sure of it, but what is
// silent is not said to be so for no reason.
TEST(ScanRun, AHostThatHoldsBackAllButAFewIsSaidToDoSo) {
  for (const std::uint16_t ports : {std::uint16_t{300}, std::uint16_t{1'000}}) {
    for (const unsigned tries : {2U, 3U, 5U, 10U}) {
      const ScanPlan plan = model_plan(1, ports);
      CountingListener listener;
      ScanRun run(plan, {.most_tries = tries}, listener, 1);
      const ModelNetwork network{
          .round_trip = 1ms, .refill_per_second = 200, .saves = tries < 4 ? 20.0 : 5.0};
      ModelScan scan(run, network, 1);
      ASSERT_TRUE(scan.to_the_end());
      EXPECT_FALSE(run.totals(scan.now()).complete) << ports << " ports, " << tries << " tries";
      const HostReport report = run.report(0);
      EXPECT_TRUE(report.rate_limited) << ports << " ports, " << tries << " tries";
      for (const PortGroup& group : report.rest) {
        EXPECT_NE(group.reason, AnswerReason::no_response) << ports << " ports, " << tries;
      }
    }
  }
}

// A round that comes late finds more answers saved than the next.
TEST(ScanRun, ASlowMachineHidesNoHostThatHoldsAnswersBack) {
  for (const Duration late : {50ms, 150ms, 250ms, 350ms}) {
    for (const Duration lasts : {400ms, 1000ms, 1500ms}) {
      const ScanPlan plan = model_plan(1, 1'000);
      CountingListener listener;
      ScanRun run(plan, {}, listener, 1);
      const ModelNetwork network{.round_trip = 1ms, .refill_per_second = 200, .saves = 200};
      ModelScan scan(run, network, 1);
      scan.stands_still_at = Instant(1s) + late;
      scan.stands_still = lasts;
      ASSERT_TRUE(scan.to_the_end());
      EXPECT_FALSE(run.totals(scan.now()).complete) << late / 1ms << ", " << lasts / 1ms;
      EXPECT_TRUE(run.report(0).rate_limited) << late / 1ms << ", " << lasts / 1ms;
    }
  }
}

// A path that has room for 20,000 a second, and from the third second on for everything.
TEST(ScanRun, APathThatLosesIsAskedMoreSlowlyAndFasterAfterwards) {
  const ScanPlan plan = model_plan(4, 65'535);
  CountingListener listener;
  ScanRun run(plan, {.silent_per_second = 100'000}, listener, 1);
  const ModelNetwork network{.round_trip = 1ms, .passes_per_second = [](Instant now) {
                               return now < Instant(4s) ? 20'000.0 : 1e9;
                             }};
  ModelScan scan(run, network, 1);
  ASSERT_TRUE(scan.to_the_end());
  EXPECT_EQ(wrong_states(run, network), 0U);
  EXPECT_LT(scan.sent(), 2 * plan.targets());
  EXPECT_LT(scan.now(), Instant(12s));
}

// Loss that has nothing to do with the pace is no reason to slow down.
TEST(ScanRun, APathThatLosesAtAnyPaceIsAskedAsBefore) {
  const ScanPlan plan = model_plan(4, 65'535);
  CountingListener listener;
  ScanRun run(plan, {.silent_per_second = 100'000}, listener, 1);
  const ModelNetwork network{.loss_there = 0.2, .round_trip = 1ms};
  ModelScan scan(run, network, 1);
  ASSERT_TRUE(scan.to_the_end());
  EXPECT_EQ(wrong_states(run, network), 0U);
  EXPECT_LT(scan.now(), Instant(1s) + 3s);
}

// It is asked for nothing but loss, so what this host says of it is no state of its port.
TEST(ScanRun, ACanaryThatCannotBeSentChangesNoState) {
  const ScanPlan plan = model_plan(1, 20'000);
  CountingListener listener;
  ScanRun run(plan, {.silent_per_second = 1e6}, listener, 1);
  std::uint64_t canaries = 0;
  Instant now{1s};
  for (; !run.finished(now); now = std::max(now + 1ms, run.wake_at(now))) {
    for (int left = 64; left > 0; --left) {
      const auto probe = run.next(now);
      if (!probe) break;
      if (probe->canary) {
        ++canaries;
        run.settle(*probe, {.state = PortState::filtered, .reason = AnswerReason::not_permitted},
                   now);
      } else if (probe->target % 2 == 0) {
        run.answered(probe->target, {.reason = AnswerReason::reset, .round_trip = 1ms}, now);
      }
    }
    ASSERT_LT(now, Instant(5min));
  }
  EXPECT_GT(canaries, 100U);
  EXPECT_EQ(run.findings().count(AnswerKind::shut), 10'000U);
  EXPECT_EQ(run.findings().count(AnswerKind::filtered), 0U);
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
  run.hold(*held, now);
  const auto other = run.next(now);
  ASSERT_TRUE(other);
  run.answered(other->target, {.reason = AnswerReason::reset, .round_trip = 1ms}, now + 1ms);
  now += 30s;
  EXPECT_FALSE(run.next(now));
  EXPECT_FALSE(run.finished(now));
  run.let_go(*held, now);
  EXPECT_FALSE(run.next(now + 50ms));  // it has just left
  const auto again = run.next(now + 1s);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->target, held->target);
  EXPECT_EQ(again->attempt, 2);
  run.hold(*again, now + 1s);
  run.let_go(*again, now + 2s);
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
                first.findings().details().saved());
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

// Host 0 answers all in no time; host 1 is silent, and its time is over before its second try.
TEST(ScanRun, AHostThatTakesTooLongIsGivenUp) {
  const ScanPlan plan = model_plan(2, 1000);
  CountingListener listener;
  const ScanPace pace{
      .silent_per_second = 1e6, .host_timeout = 50ms, .first_waiting = 5000, .least_wait = 100ms};
  ScanRun run(plan, pace, listener, 1);
  const ModelNetwork network{.round_trip = 1ms, .truth = [](ScanTarget target) {
                               return target % 2 == 0 ? Truth::closed : Truth::dropped;
                             }};
  ModelScan scan(run, network, 1);
  ASSERT_TRUE(scan.to_the_end());
  EXPECT_TRUE(run.has_given_up());
  EXPECT_TRUE(run.report(1).timed_out);
  EXPECT_FALSE(run.report(1).skipped);
  EXPECT_FALSE(run.report(0).timed_out);
  EXPECT_EQ(run.findings().tally(0).answers, 1000U);
  EXPECT_EQ(scan.sent(), 2000U);
  run.forget_unasked();
  const ScanTotals totals = run.totals(scan.now());
  EXPECT_EQ(totals.targets, 2000U);
  EXPECT_FALSE(totals.complete);
}

TEST(ScanRun, WhatWasNeverAskedOfAHostIsNoSilentPort) {
  for (const bool is_late : {true, false}) {
    const ScanPlan plan = model_plan(1, 1000);
    CountingListener listener;
    ScanPace pace{.silent_per_second = 200, .first_waiting = 10};
    if (is_late) pace.host_timeout = 500ms;
    ScanRun run(plan, pace, listener, 1);
    const ModelNetwork network{.truth = [](ScanTarget) { return Truth::dropped; }};
    ModelScan scan(run, network, 1);
    if (!is_late) {
      EXPECT_FALSE(scan.to_the_end(300ms));
      run.skip_host(0);
    }
    ASSERT_TRUE(scan.to_the_end());
    EXPECT_GT(scan.sent(), 10U);
    EXPECT_LT(scan.sent(), 200U);
    run.forget_unasked();
    const ScanTotals totals = run.totals(scan.now());
    EXPECT_EQ(totals.targets, scan.sent());
    EXPECT_EQ(totals.of(PortState::filtered), scan.sent());
    EXPECT_FALSE(totals.complete);
    EXPECT_EQ(run.report(0).timed_out, is_late);
    EXPECT_EQ(run.report(0).skipped, !is_late);
  }
}

TEST(ScanRun, WhoeverHasAnsweredAllIsNotGivenUp) {
  const ScanPlan plan = model_plan(3, 200);
  CountingListener listener;
  ScanRun run(plan, {.host_timeout = 500ms}, listener, 1);
  const ModelNetwork network{.round_trip = 900ms};
  ModelScan scan(run, network, 1);
  ASSERT_TRUE(scan.to_the_end());
  EXPECT_FALSE(run.has_given_up());
  EXPECT_TRUE(run.totals(scan.now()).complete);
}

// Each probe, retries included, over a network that loses and in a host that runs short.
TEST(ScanRun, AHostIsAskedNoMoreOftenThanItsDelaySays) {
  for (const std::uint32_t hosts : {1U, 3U, 40U}) {
    const ScanPlan plan = model_plan(hosts, 20);
    CountingListener listener;
    ScanRun run(plan, {.host_spacing = 50ms}, listener, 1);
    std::vector<std::optional<Instant>> asked(hosts);
    const std::uint64_t seed = hosts;
    std::mt19937_64 chance(seed);
    std::uint64_t sent = 0;
    Instant now(1s);
    for (; !run.finished(now); now = std::max(now + 1ms, run.wake_at(now))) {
      while (const auto probe = run.next(now)) {
        if (chance() % 10 == 0) {
          run.unsent(*probe, now);
          break;
        }
        auto& before = asked[plan.host_of(probe->target)];
        if (before) EXPECT_GE(now - *before, 50ms);
        before = now;
        ++sent;
        if (chance() % 4 != 0) {
          const ScanAnswer answer{
              .reason = AnswerReason::reset, .attempt = probe->attempt, .round_trip = 1ms};
          run.answered(probe->target, answer, now);
        }
      }
      ASSERT_LT(now, Instant(5min));
    }
    EXPECT_GE(sent, hosts * 20U);
    EXPECT_EQ(run.findings().answered(), hosts * 20U);
    // The others are asked meanwhile: not one host after the other.
    const auto turns = static_cast<std::int64_t>(sent / hosts);
    EXPECT_LT(now, Instant(1s) + 3 * turns * 50ms + 12s);
  }
}

// Its delay begins when the probe leaves, and not when it was to.
TEST(ScanRun, WhileAProbeIsHeldItsHostIsNotAsked) {
  const ScanPlan plan = model_plan(1, 3);
  CountingListener listener;
  ScanRun run(plan, {.host_spacing = 100ms}, listener, 1);
  Instant now{1s};
  const auto held = run.next(now);
  ASSERT_TRUE(held);
  run.hold(*held, now);
  now += 5s;
  EXPECT_FALSE(run.next(now));
  run.let_go(*held, now);
  EXPECT_FALSE(run.next(now + 99ms));
  EXPECT_TRUE(run.next(now + 200ms));
}

TEST(ScanRun, WhatWaitsForItsTurnWhenItIsBrokenOffIsNotTold) {
  const ScanPlan plan = model_plan(1, 100);
  CountingListener listener;
  ScanRun run(plan, {.host_spacing = 1s}, listener, 1);
  const ModelNetwork network{.round_trip = 1ms};
  ModelScan scan(run, network, 1);
  scan.break_off_at = Instant(1s) + 3500ms;
  ASSERT_TRUE(scan.to_the_end());
  run.forget_unasked();
  EXPECT_EQ(scan.sent(), 4U);
  EXPECT_EQ(run.totals(scan.now()).targets, 4U);
}

// A path that loses most of what is sent makes a scan slower, and the least rate keeps it up.
TEST(ScanRun, NothingSlowsItDownBelowTheLeastRate) {
  const auto took = [](double least) {
    const ScanPlan plan = model_plan(1, 20'000);
    CountingListener listener;
    ScanRun run(plan, {.least_per_second = least}, listener, 1);
    const ModelNetwork network{.loss_there = 0.5, .round_trip = 1ms, .truth = [](ScanTarget t) {
                                 return t % 2 == 0 ? Truth::closed : Truth::dropped;
                               }};
    ModelScan scan(run, network, 1);
    EXPECT_TRUE(scan.to_the_end());
    return scan.now() - Instant(1s);
  };
  const Duration slow = took(0);
  EXPECT_LT(took(10'000), slow * 2 / 3);
  EXPECT_EQ(took(1), slow);
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
  EXPECT_TRUE(run.totals(scan.now()).complete);
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
  const Instant now{1s};
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
                  first.findings().details().saved());
    ModelScan rest(second, network, 2);
    ASSERT_TRUE(rest.to_the_end());
    EXPECT_EQ(wrong_states(second, network), 0U) << cut / 1ms;
  }
}

// Cut off twice in its only round: that is one round too many, and not two.
TEST(ScanRun, ARoundThatIsCutOffTwiceIsWastedOnce) {
  const ScanPlan plan = model_plan(1, 100);
  CountingListener listener;
  const ScanPace pace{.most_tries = 1, .least_tries = 1};
  ScanRun::Position position{.likely_steps = 0, .other_steps = 10};
  for (int cut = 0; cut < 2; ++cut) {
    ScanRun run(plan, pace, listener, 3);
    run.resume(position, std::vector<std::uint64_t>(AnswerMap::words_for(100)), {});
    ASSERT_TRUE(run.next(Instant(1s)));
    position = run.position();
    EXPECT_EQ(position.round, 1U);
    EXPECT_EQ(position.wasted, 0U);
  }
  ScanRun run(plan, pace, listener, 3);
  run.resume(position, std::vector<std::uint64_t>(AnswerMap::words_for(100)), {});
  const ModelNetwork network{.truth = [](ScanTarget) { return Truth::dropped; }};
  ModelScan scan(run, network, 1);
  ASSERT_TRUE(scan.to_the_end());
  EXPECT_EQ(scan.sent(), 88U + 100U);
  EXPECT_TRUE(run.position().is_whole);
}

// Whoever goes on with a scan that had come to its end asks nobody again, and knows as much of what
// was missed.
TEST(ScanRun, AScanThatIsOverStaysSo) {
  const ScanPlan plan = model_plan(1, 1000);
  CountingListener listener;
  for (const unsigned tries : {1U, 10U}) {
    const ScanPace pace{.most_tries = tries, .least_tries = 1};
    const ModelNetwork network{.loss_back = 0.02, .truth = mixed};
    ScanRun first(plan, pace, listener, 3);
    ModelScan whole(first, network, 1);
    ASSERT_TRUE(whole.to_the_end());
    const ScanTotals before = first.totals(whole.now());
    ScanRun second(plan, pace, listener, 3);
    const ScanCheckpoint kept = checkpoint_of(first, {.seed = 3});
    second.resume(kept.position, kept.words(), kept.details);
    EXPECT_TRUE(second.finished(Instant(1s))) << tries;
    EXPECT_FALSE(second.next(Instant(1s))) << tries;
    const ScanTotals after = second.totals(Instant(1s));
    EXPECT_EQ(after.complete, before.complete) << tries;
    EXPECT_EQ(after.residual, before.residual) << tries;
    EXPECT_EQ(after.loss, before.loss) << tries;
    EXPECT_GT(after.loss, 0) << tries;
  }
}

// A host that was given up has not been asked to the end: whoever goes on asks it again.
TEST(ScanRun, GoesOnWithAHostThatWasGivenUp) {
  const ScanPlan plan = model_plan(2, 100);
  CountingListener listener;
  const ModelNetwork network{.truth = [](ScanTarget) { return Truth::dropped; }};
  ScanRun first(plan, {}, listener, 3);
  first.skip_host(1);
  ModelScan whole(first, network, 1);
  ASSERT_TRUE(whole.to_the_end());
  EXPECT_FALSE(first.position().is_whole);
  ScanRun second(plan, {}, listener, 3);
  const ScanCheckpoint kept = checkpoint_of(first, {.seed = 3});
  second.resume(kept.position, kept.words(), kept.details);
  ModelScan rest(second, network, 2);
  ASSERT_TRUE(rest.to_the_end());
  EXPECT_GT(rest.asked()[plan.target_of(1, 50)], 0U);
  EXPECT_TRUE(second.totals(rest.now()).complete);
}

// Whatever a network does, no port is called open or closed that is not, none that answered is
// forgotten, and it ends.
TEST(ScanRun, HoldsOverManyNetworks) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    std::mt19937_64 chance(seed);
    const ScanPlan plan =
        model_plan(1 + chance() % 5, static_cast<std::uint16_t>(1 + chance() % 400), 0);
    ModelNetwork network{.loss_there = static_cast<double>(chance() % 30) / 100,
                         .loss_back = static_cast<double>(chance() % 30) / 100,
                         .round_trip = std::chrono::microseconds(1 + chance() % 300'000),
                         .jitter = std::chrono::microseconds(chance() % 400'000),
                         .shortage = static_cast<double>(chance() % 10) / 20,
                         .answers_per_second = chance() % 4 == 0 ? 50U : 0U,
                         .truth = mixed};
    CountingListener listener;
    ScanRun run(plan, {}, listener, seed);
    ModelScan scan(run, network, seed);
    ASSERT_TRUE(scan.to_the_end(10min)) << "seed " << seed;
    for (ScanTarget target = 0; target < plan.targets(); ++target) {
      const AnswerKind kind = run.findings().at(target);
      if (kind != AnswerKind::none) EXPECT_EQ(kind, kind_of(mixed(target))) << "seed " << seed;
    }
  }
}

}  // namespace
}  // namespace patchbay
