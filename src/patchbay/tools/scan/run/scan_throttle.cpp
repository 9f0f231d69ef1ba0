#include "patchbay/tools/scan/run/scan_throttle.hpp"

#include <algorithm>

namespace patchbay {

namespace {

constexpr double k_least_window = 16;
constexpr Duration k_hold_after_shortage = 5ms;
constexpr Duration k_least_tail = 250ms;

// So much may be sent at once without a pause.
BucketSize burst_of(double per_second) {
  const double burst = std::max(16.0, per_second / 100);
  return {.saved = burst, .most = burst};
}

// Answers make room for more than time does: a second's worth at the ceiling, so that a path of a
// long round trip can be filled.
BucketSize room_for_silence(const ScanPace& pace, double silent_per_second) {
  const double saved = std::max<double>(pace.first_waiting, 1);
  return {.saved = saved, .most = std::max(saved, silent_per_second)};
}

double everything_per_second(const ScanPace& pace, std::uint64_t hosts) {
  double rate = pace.per_second.value_or(1e9);
  // The order is shuffled over all hosts, so each gets its share of the whole.
  if (pace.host_per_second)
    rate = std::min(rate, *pace.host_per_second * static_cast<double>(hosts));
  if (pace.host_spacing > Duration(0)) {
    const double seconds = std::chrono::duration<double>(pace.host_spacing).count();
    rate = std::min(rate, static_cast<double>(hosts) / seconds);
  }
  return rate;
}

// Silence is paced in any case, so there is no use in going much slower than that.
double least_for_path(const ScanPace& pace) {
  const double usual = std::min(pace.silent_per_second, ScanPace().silent_per_second);
  return std::max(usual / 2, pace.least_per_second);
}

}  // namespace

ScanThrottle::ScanThrottle(const ScanPace& pace, std::uint64_t hosts)
    : pace_(pace),
      silence_(pace.silent_per_second, room_for_silence(pace, pace.silent_per_second)),
      all_(everything_per_second(pace, hosts), burst_of(everything_per_second(pace, hosts))),
      path_(least_for_path(pace)),
      least_per_second_(std::min({pace.least_per_second, silence_.rate(), all_.rate()})),
      window_(pace.waiting) {}

std::optional<Instant> ScanThrottle::not_before(Instant now) {
  silence_.refill(now);
  all_.refill(now);
  path_.refill(now);
  const Instant waited_for = now - usual_patience();
  path_.silent(flight_.expire(waited_for));
  path_.expire(waited_for, now);
  if (now < held_until_) return held_until_;
  if (static_cast<double>(flight_.waiting()) >= window_) {
    return flight_.oldest() + usual_patience() + 5ms;  // the stretch of time that it counts in
  }
  if (silence_.has_one() && all_.has_one() && path_.has_one()) return std::nullopt;
  return std::max({silence_.next_at(now), all_.next_at(now), path_.next_at(now)});
}

void ScanThrottle::sent(Instant now) {
  silence_.take();
  all_.take();
  path_.take(now);
  flight_.sent(now);
  // What a shortage took away comes back with what goes well.
  window_ = std::min<double>(window_ + 0.25, pace_.waiting);
}

void ScanThrottle::take_back(Instant now) {
  flight_.take_back(now);
  silence_.add(1);
}

void ScanThrottle::shortage(Instant now) {
  take_back(now);
  window_ = std::max(least_window(), std::min(window_, static_cast<double>(flight_.waiting())) / 2);
  held_until_ = now + k_hold_after_shortage;
}

void ScanThrottle::dropped() { window_ = std::max(least_window(), window_ / 2); }

// So many have to be on their way for the least rate.
double ScanThrottle::least_window() const {
  const double seconds = std::chrono::duration<double>(usual_patience()).count();
  return std::max(k_least_window, std::min<double>(least_per_second_ * seconds, pace_.waiting));
}

void ScanThrottle::answered(const ScanAnswer& answer, Instant now) {
  if (answer.round_trip) round_trip_.add(*answer.round_trip);
  // Its own, and one more: so the pace doubles with each round trip. What comes too late for that
  // has been paid for as silence.
  if (flight_.answered(now - answer.round_trip.value_or(Duration(0)))) silence_.add(2);
}

void ScanThrottle::answered_again(const ScanAnswer& answer, Instant now) {
  if (answer.round_trip) round_trip_.add(*answer.round_trip);
  if (flight_.answered(now - answer.round_trip.value_or(Duration(0)))) silence_.add(1);
}

void ScanThrottle::follow(double per_second) {
  per_second = std::max(per_second, least_per_second_);
  all_.set_rate(std::min(all_.rate(), per_second), {});
}

void ScanThrottle::slow_down(double per_second) {
  per_second = std::max(per_second, least_per_second_);
  all_.set_rate(std::min(all_.rate(), per_second), burst_of(per_second));
}

void ScanThrottle::set_ceiling(double silent_per_second) {
  silent_per_second = std::max(silent_per_second, least_per_second_);
  silence_.set_rate(silent_per_second, room_for_silence(pace_, silent_per_second));
  if (pace_.per_second) all_.set_rate(silent_per_second, burst_of(silent_per_second));
}

// Each that nobody answers is waited for, and so many at a time.
double ScanThrottle::silent_per_second() const {
  const double seconds = std::chrono::duration<double>(usual_patience()).count();
  return std::min({silence_.rate(), all_.rate(), path_.slowed_to().value_or(silence_.rate()),
                   pace_.waiting / std::max(seconds, 1e-6)});
}

Duration ScanThrottle::usual_patience() const {
  const auto wait = round_trip_.wait();
  if (!wait) return std::min(pace_.first_wait, pace_.timeout);
  return std::min(std::max(*wait, pace_.least_wait), pace_.timeout);
}

Duration ScanThrottle::patience(bool has_answered) const {
  if (!has_answered) return std::min(pace_.first_wait, pace_.timeout);
  return std::min(std::max(usual_patience(), 2 * round_trip_.slowest()), pace_.timeout);
}

Duration ScanThrottle::tail() const {
  Duration tail = usual_patience();
  // The last ones may be far behind where some were.
  if (round_trip_.slowest() > tail / 4 || !round_trip_.wait()) tail = std::max(tail, k_least_tail);
  return std::min(tail, pace_.tail);
}

}  // namespace patchbay
