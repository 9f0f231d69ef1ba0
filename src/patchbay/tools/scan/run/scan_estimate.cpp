// What ScanRun says of its end: progress() and remaining().
#include <algorithm>
#include <cmath>

#include "patchbay/tools/scan/run/scan_run.hpp"

namespace patchbay {

// Before the first probe of a round, and after its last.
Duration ScanRun::waits(Instant now) const {
  if (put_off() > 0) return Duration(0);
  if (phase_ != Phase::asking) return std::max(waited_until() - now, Duration(0));
  if (round_ == 1 || sent_in_round_ > 0) return Duration(0);
  return std::clamp(wake_at(now) - now, Duration(0), throttle_.usual_patience());
}

// How many targets no later round will ask.
std::uint64_t ScanRun::settled() const {
  const std::uint64_t ports = plan_.ports.size();
  std::uint64_t settled =
      plan_.one_answer_is_enough ? findings_.hosts_up() * ports : findings_.answered();
  for (const auto& [host, since] : given_up_) {
    const bool is_counted = plan_.one_answer_is_enough && findings_.has_answered(host);
    if (!is_counted)
      settled += ports - std::min<std::uint64_t>(ports, findings_.tally(host).answers);
  }
  return settled;
}

Duration ScanRun::time_of_samples() const {
  if (pace_.most_tries > 1) return Duration(0);
  const std::chrono::duration<double> asking(static_cast<double>(samples_.left()) /
                                             throttle_.per_second());
  const bool waits_for_them = phase_ == Phase::asking || phase_ == Phase::waiting;
  return std::chrono::duration_cast<Duration>(asking) +
         (waits_for_them ? throttle_.tail() : Duration(0));
}

// As many of a part of the first round as they will be of all. A host that is there has been found
// by the first of its ports that was asked.
std::uint64_t ScanRun::settled(double done) const {
  if (!plan_.one_answer_is_enough || done <= 0 || done >= 1) return settled();
  const double found = 1 - std::pow(1 - done, static_cast<double>(plan_.ports.size()));
  return static_cast<std::uint64_t>(static_cast<double>(settled()) * done / found);
}

// Of those that the walk has come to, who have not been asked yet.
std::uint64_t ScanRun::put_off() const {
  return held_ + put_off_.size() + (spacing_ ? spacing_->size() : 0);
}

RoundSoFar ScanRun::round_so_far(Instant now) const {
  const std::uint64_t later = put_off();
  const bool asks = phase_ == Phase::asking || later > 0;
  const std::uint64_t passed = phase_ == Phase::asking ? walk_.passed() : positions_;
  const std::uint64_t position = passed - std::min(later, passed);
  // The share of the first round of which all answers have come.
  const double known = static_cast<double>(position - std::min(throttle_.waiting(), position));
  const double done = round_ > 1 || known <= 0 ? 1 : known / static_cast<double>(positions_);
  const unsigned in_any_case = std::min(pace_.least_tries, pace_.most_tries);
  return {.number = round_,
          .asks = asks,
          .position = position,
          .positions = positions_,
          .waiting = throttle_.waiting(),
          .settled = settled(done),
          .ceiling = throttle_.silent_per_second(),
          .per_second = throttle_.per_second(),
          .pace = meter_.read({.now = asks ? now : last_sent_, .passed = passed, .put_off = later}),
          .last = last_pace_,
          .rounds = evidence_.rounds_expected(round_, 1 / done),
          .hurried = std::max(in_any_case + wasted_, round_) - round_,
          .patience = throttle_.usual_patience(),
          .tail = throttle_.tail(),
          .wait = waits(now),
          .afterwards = time_of_samples(),
          .follows = pace_.follow_limits && evidence_.is_held_back()};
}

std::optional<Duration> ScanRun::remaining(Instant now) const {
  if (phase_ == Phase::ended) return Duration(0);
  return began_ ? time_left(round_so_far(now)) : std::nullopt;
}

double ScanRun::progress() const {
  return phase_ == Phase::ended ? 1 : done_of(round_so_far(last_sent_));
}

}  // namespace patchbay
