// ScanRun: a scan as it goes: which probe is next, what was answered, when it is enough. Both
// engines ask it and report to it; it knows no socket and no clock.
//
//   while (!run.finished(now)) {
//     while (const auto probe = run.next(now)) { … send it … }
//     … wait for an answer, or until run.wake_at(now) …
//     run.answered(probe.target, answer, now);
//   }
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_set>
#include <vector>

#include "patchbay/tools/scan/run/flight_log.hpp"
#include "patchbay/tools/scan/run/loss_estimate.hpp"
#include "patchbay/tools/scan/run/round_trip.hpp"
#include "patchbay/tools/scan/run/scan_findings.hpp"
#include "patchbay/tools/scan/run/scan_order.hpp"
#include "patchbay/tools/scan/run/scan_pace.hpp"
#include "patchbay/tools/scan/run/sent_log.hpp"
#include "patchbay/tools/scan/run/time_left.hpp"
#include "patchbay/tools/scan/run/token_bucket.hpp"
#include "patchbay/tools/scan/scan_listener.hpp"

namespace patchbay {

struct ScanProbe {
  ScanTarget target = 0;
  std::uint8_t attempt = 1;  // 1 to ScanPace::most_tries, and one more for a canary
  bool canary = false;       // to a target that has answered, in order to measure loss
};

// What was sent so far; ScanRun::totals() tells more, and has to look at every target for it.
struct ScanTally {
  std::uint64_t sent = 0;
  Duration elapsed{};
};

// Which part of all targets this scan is to ask: part `index`, from 0, of `count` that have the
// same seed.
struct ScanShard {
  std::uint32_t index = 0;
  std::uint32_t count = 1;
};

// A round asks each target that has not answered, in the same order as the round before, and each
// no sooner than its last try has been waited for. There are rounds until the answers that are
// missing are expected to be fewer than ScanPace::residual, which LossEstimate tells.
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
  // How long a try of the target is worth waiting for: by round trips seen, never above
  // ScanPace::timeout.
  Duration patience(ScanTarget target) const;

  // `answer.attempt` is that of the probe which was answered. Whether it is news.
  bool answered(ScanTarget target, const ScanAnswer& answer, Instant now);
  // The probe could not be sent for want of something in this host: it is due again, no state comes
  // of it, and fewer are on their way for a while.
  void unsent(const ScanProbe& probe, Instant now);
  // The probe that next() has just given stays in this host until it is known who is to get it: it
  // is not on its way before let_go(), and the round goes on until then.
  void hold(Instant now);
  // It leaves now, or is settled or unsent.
  void let_go(Instant now);
  // The probe needs none: what it asks is known in this host already, as that there is no way to
  // the target. It does not count as sent.
  void settle(const ScanProbe& probe, const ScanAnswer& answer, Instant now);
  // Something that looked like an answer and was none.
  void foreign() { ++foreign_; }
  // So many answers were lost in this host, most likely: whoever is silent is asked once more.
  void dropped(std::uint64_t count);
  // No more probes. Answers that are on their way are waited for, for a third of a second at most.
  void stop(Instant now);
  // After it was broken off: what was never asked is not told of.
  void forget_unasked();
  // The host is not asked any more.
  void skip_host(std::uint64_t host);
  // Of those that are still asked; nothing when there is none, or too many to look at.
  std::optional<std::uint64_t> most_silent_host() const;
  // Probes that nobody answers, a second, from now on: the keys + and -.
  void set_ceiling(double silent_per_second);
  double ceiling() const { return silence_.rate(); }

  // Results, at any time.
  HostReport report(std::uint64_t host) const;
  ScanTotals totals(Instant now) const;
  ScanTally tally(Instant now) const;
  const ScanFindings& findings() const { return findings_; }
  // Between 0 and 1, and how much longer it may take, where that can be told.
  double progress() const;
  std::optional<Duration> remaining(Instant now) const;

  // For a file, and from one: the rest of a scan of the same plan, seed and shard.
  struct Position {
    unsigned round = 1;
    unsigned wasted = 0;  // earlier rounds in which answers were cut off
    std::uint64_t likely_steps = 0;
    std::uint64_t other_steps = 0;
  };
  Position position() const;
  void resume(const Position& position, std::vector<std::uint64_t> answers,
              std::vector<ScanFindings::Detail> details, std::vector<IpAddress> speakers);

 private:
  enum class Phase : std::uint8_t { asking, waiting, sampling, sampled, ended };

  void catch_up(Instant now);
  bool may_send(Instant now);
  std::optional<ScanProbe> next_due(Instant now);
  std::optional<ScanProbe> next_of_round(Instant now);
  std::optional<ScanProbe> next_sample();
  std::optional<ScanTarget> advance();
  std::vector<bool> targets_up_to(std::uint64_t positions) const;
  void begin_round(Instant now);
  void end_round(Instant now);
  void end_samples();
  unsigned tries_of_each() const { return round_ > wasted_ ? round_ - wasted_ : 1; }
  bool is_enough() const;
  double allowed_to_miss() const;
  bool is_done(ScanTarget target) const;
  bool is_limited(std::uint64_t host) const;
  bool any_limited() const;
  void count_answer(ScanTarget target, const ScanAnswer& answer, Instant now);
  Duration usual_patience() const;
  Instant waited_until() const;
  RoundSoFar round_so_far(Instant now) const;
  unsigned rounds_expected() const;

  const ScanPlan& plan_;
  const ScanPace pace_;
  ScanListener& listener_;
  ScanFindings findings_;
  std::vector<bool> skipped_;  // hosts; empty while none is

  // The round.
  ScanOrder likely_;
  ScanOrder others_;
  Phase phase_ = Phase::asking;
  unsigned round_ = 1;
  unsigned wasted_ = 0;            // rounds in which answers to some were cut off
  bool is_cut_ = false;            // this is such a round
  std::uint64_t position_ = 0;     // of the target that is due, in the round
  std::uint64_t positions_ = 0;    // of a whole round
  std::optional<ScanTarget> due_;  // taken from the order, not yet asked
  std::deque<ScanProbe> put_off_;
  SentLog this_round_;
  SentLog last_round_;
  Instant round_began_{};
  std::uint64_t sent_in_round_ = 0;
  std::uint64_t answers_in_round_ = 0;
  unsigned asked_all_since_ = 0;  // the round in which an answer was last lost here
  bool is_held_back_ = false;     // some host was seen to hold answers back
  std::uint64_t held_ = 0;        // probes that wait in this host
  bool has_held_ = false;         // any, in this round
  bool stopped_ = false;

  // The pace.
  FlightLog flight_;
  TokenBucket silence_;
  TokenBucket all_;
  double window_;
  Instant held_until_{};
  RoundTrip round_trip_;
  mutable Instant wake_at_ = Instant::max();

  // What is known of losses.
  LossEstimate loss_;
  LossEstimate open_loss_;
  std::unordered_set<ScanTarget> samples_;  // asked once more, and not answered yet

  // What is told.
  std::optional<Instant> began_;
  Instant last_sent_{};
  std::uint64_t sent_ = 0;
  std::uint64_t duplicates_ = 0;
  std::uint64_t foreign_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t shortages_ = 0;
};

}  // namespace patchbay
