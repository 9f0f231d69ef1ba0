// ScanRun: a scan as it goes: which probe is next, what was answered, when it is enough. Both
// engines ask it and report to it; it knows no socket and no clock.
//
//   while (!run.finished(now)) {
//     while (const auto probe = run.next(now)) { … send it … }
//     … wait for an answer, or until run.wake_at(now) …
//     run.answered(probe.target, answer, now);
//   }
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "patchbay/tools/scan/run/host_spacing.hpp"
#include "patchbay/tools/scan/run/host_timer.hpp"
#include "patchbay/tools/scan/run/life_signs.hpp"
#include "patchbay/tools/scan/run/loss_samples.hpp"
#include "patchbay/tools/scan/run/round_meter.hpp"
#include "patchbay/tools/scan/run/scan_evidence.hpp"
#include "patchbay/tools/scan/run/scan_findings.hpp"
#include "patchbay/tools/scan/run/scan_pace.hpp"
#include "patchbay/tools/scan/run/scan_probe.hpp"
#include "patchbay/tools/scan/run/scan_throttle.hpp"
#include "patchbay/tools/scan/run/sent_log.hpp"
#include "patchbay/tools/scan/run/target_walk.hpp"
#include "patchbay/tools/scan/run/time_left.hpp"
#include "patchbay/tools/scan/scan_listener.hpp"

namespace patchbay {

// What was sent so far; ScanRun::totals() tells more, and has to look at every target for it.
struct ScanTally {
  std::uint64_t sent = 0;
  Duration elapsed{};
};

// A round asks each target that has not answered, in the same order as the round before, and each
// no sooner than its last try has been waited for. There are rounds until the answers that are
// missing are expected to be fewer than ScanPace::residual, which ScanEvidence tells. At the end of
// each some that have answered are asked once more (LifeSigns): while they say nothing no round is
// over, and one in which they were late or silent counts for none.
class ScanRun {
 public:
  // `plan` and `listener` outlive it; of the listener only found() is called. The order of probes
  // is the seed's.
  ScanRun(const ScanPlan& plan, const ScanPace& pace, ScanListener& listener, std::uint64_t seed,
          const ScanShard& shard = {});
  ScanRun(const ScanRun&) = delete;
  ScanRun& operator=(const ScanRun&) = delete;

  const ScanPlan& plan() const { return plan_; }
  const ScanPace& pace() const { return pace_; }

  // What to send now. Nothing: ask again after an answer, or at wake_at().
  std::optional<ScanProbe> next(Instant now);
  // When next() or finished() may say something else if nothing is answered before.
  Instant wake_at(Instant now) const;
  // Nothing is to be sent any more, and nothing that would still be an answer can come.
  bool finished(Instant now);
  // How long a try is worth waiting for: by round trips seen, never above ScanPace::timeout.
  Duration patience(const ScanProbe& probe) const {
    if (probe.canary) return pace_.timeout;
    return throttle_.patience(findings_.has_answered(plan_.host_of(probe.target)));
  }

  // `answer.attempt` is that of the probe which was answered, `now` when this host had the answer.
  // Whether it is news.
  bool answered(ScanTarget target, const ScanAnswer& answer, Instant now);
  // The probe could not be sent for want of something in this host: it is due again, no state comes
  // of it, and fewer are on their way for a while.
  void unsent(const ScanProbe& probe, Instant now);
  // The probe that next() has just given stays in this host until it is known who is to get it: it
  // is not on its way before let_go(), and the round goes on until then.
  void hold(const ScanProbe& probe, Instant now);
  // Probes that next() gave a while ago have left by now only: their answers are waited for from
  // now on.
  void left(Instant now) { last_sent_ = std::max(last_sent_, now); }
  // It leaves now, or is settled or unsent.
  void let_go(const ScanProbe& probe, Instant now);
  // The probe needs none: what it asks is known in this host already, as that there is no way to
  // the target. It does not count as sent.
  void settle(const ScanProbe& probe, const ScanAnswer& answer, Instant now);
  // Something that looked like an answer and was none.
  void foreign() { ++foreign_; }
  // Something that was changed on its way, by its checksum.
  void corrupt() { ++corrupt_; }
  // So many answers were lost in this host, most likely: whoever is silent is asked once more.
  void dropped(std::uint64_t count);
  // No more probes. Answers that are on their way are waited for, for a third of a second at most.
  void stop(Instant now);
  // At the end: what was never asked is not told of, since it was broken off or its host given up.
  void forget_unasked();
  // The host is not asked any more.
  void skip_host(std::uint64_t host) { give_up(host, false); }
  // Any: by skip_host(), or since it took longer than ScanPace::host_timeout.
  bool has_given_up() const { return !given_up_.empty(); }
  // Of those that are still asked; nothing when there is none, or too many to look at.
  std::optional<std::uint64_t> most_silent_host() const { return findings_.most_silent_host(); }
  // Probes that nobody answers, a second, from now on: the keys + and -.
  void set_ceiling(double silent_per_second);
  double ceiling() const { return throttle_.ceiling(); }

  // Results, at any time.
  HostReport report(std::uint64_t host) const;
  ScanTotals totals(Instant now) const;
  ScanTally tally(Instant now) const {
    return {.sent = sent_, .elapsed = began_ ? now - *began_ : Duration(0)};
  }
  const ScanFindings& findings() const { return findings_; }
  // Between 0 and 1, and how much longer it may take, where that can be told. Either may be
  // corrected.
  double progress() const;
  std::optional<Duration> remaining(Instant now) const;

  // For a file, and from one: the rest of a scan of the same plan, seed and shard.
  struct Position {
    unsigned round = 1;
    unsigned wasted = 0;    // earlier rounds that count for none
    bool is_whole = false;  // it had come to its end, and has nothing more to ask
    std::uint64_t likely_steps = 0;
    std::uint64_t other_steps = 0;
    ScanEvidence::Losses losses = {};
  };
  Position position() const;
  void resume(const Position& position, std::span<const std::uint64_t> answers,
              AnswerDetails::Saved details);

 private:
  enum class Phase : std::uint8_t { asking, signing, waiting, sampling, sampled, ended };

  static bool may_watch_path(const ScanPlan& plan, const ScanPace& pace);
  std::optional<ScanProbe> next_due(Instant now);
  std::optional<ScanProbe> next_wanted(Instant now);
  std::optional<ScanProbe> next_canary(Instant now);
  std::optional<ScanProbe> next_of_round(Instant now);
  std::optional<ScanProbe> next_sign();
  std::optional<ScanProbe> next_sample();
  unsigned canary_attempt() const;
  ScanProbe once_more(ScanTarget target) const;
  bool is_of_canary(const ScanAnswer& answer, Instant now) const;
  bool heard_canary(ScanTarget target, const ScanAnswer& answer);
  bool heard_sample(ScanTarget target);
  bool heard_sign(ScanTarget target, const ScanAnswer& answer, Instant now);
  bool is_followed_in_any_case() const;  // the round, by another one
  std::size_t signs_wanted() const;
  void look_for_signs(Instant now);
  bool has_stood_still() const;
  void lose_sight();
  void begin_round(Instant now);
  void end_round(Instant now);
  void end_samples();
  std::uint64_t positions_asked() const;
  bool holds_any() const { return held_ > 0 || (spacing_ && !spacing_->is_empty()); }
  void give_up(std::uint64_t host, bool is_late);
  bool is_still_due(const ScanProbe& probe, Instant now);
  bool give_up_if_late(ScanTarget target, Instant now);
  unsigned latest_try() const;
  bool is_done(ScanTarget target) const;
  // Around when this round was sent, which may have begun by waiting.
  Instant round_sent() const { return first_sent_ + (last_sent_ - first_sent_) / 2; }
  Instant waited_until() const;
  Duration waits(Instant now) const;
  std::uint64_t put_off() const;
  std::uint64_t settled() const;
  std::uint64_t settled(double done) const;
  Duration time_of_samples() const;
  RoundSoFar round_so_far(Instant now) const;

  const ScanPlan& plan_;
  const ScanPace pace_;
  ScanListener& listener_;
  ScanFindings findings_;
  ScanEvidence evidence_;
  // Hosts that are asked no more: which, and since when.
  struct GivenUp {
    bool is_late;             // it took too long
    std::uint64_t positions;  // of the first round, that had been asked by then
  };
  std::unordered_map<std::uint64_t, GivenUp> given_up_;
  std::vector<ScanTarget> dropped_unasked_;  // of those hosts, that waited for their first turn
  std::optional<HostTimer> timer_;

  // The round.
  TargetWalk walk_;
  Phase phase_ = Phase::asking;
  unsigned round_ = 1;
  unsigned wasted_ = 0;          // rounds that were cut off, or in which the path stood still
  bool is_cut_ = false;          // this one was cut off
  std::uint64_t positions_ = 0;  // of a whole round
  std::deque<ScanProbe> put_off_;
  SentLog this_round_;
  SentLog last_round_;
  Instant round_began_{};
  Instant first_sent_{};  // of this round
  std::uint64_t sent_in_round_ = 0;
  std::uint64_t answers_in_round_ = 0;
  Instant last_answer_{};
  RoundMeter meter_;
  RoundPace last_pace_;
  std::uint64_t held_ = 0;  // probes that wait in this host
  bool has_held_ = false;   // any, in this round
  bool stopped_ = false;
  Instant ends_at_{};  // when it was stopped

  LifeSigns signs_;
  Duration sign_patience_{};    // for how long a try of this round was waited for, at the least
  unsigned looks_in_vain_ = 0;  // for signs of life, at its end
  bool stood_still_ = false;    // the path did, in some round
  Instant canaries_since_{};    // no answer to an earlier probe is that of a canary

  ScanThrottle throttle_;
  const bool watches_path_;
  std::optional<HostSpacing> spacing_;
  Instant wake_at_ = Instant::max();
  LossSamples samples_;

  // What is told.
  std::optional<Instant> began_;
  Instant last_sent_{};
  std::uint64_t sent_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t foreign_ = 0;
  std::uint64_t corrupt_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t shortages_ = 0;
};

}  // namespace patchbay
