// ScanThrottle: when a probe may leave, and how long its answer is waited for.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "patchbay/tools/scan/run/flight_log.hpp"
#include "patchbay/tools/scan/run/path_watch.hpp"
#include "patchbay/tools/scan/run/round_trip.hpp"
#include "patchbay/tools/scan/run/scan_pace.hpp"
#include "patchbay/tools/scan/run/token_bucket.hpp"
#include "patchbay/tools/scan/scan_answer.hpp"

namespace patchbay {

// Two allowances, one for silence, which answers give back, and one for all probes; a pace that the
// path does not lose at; and so many that may be on their way at a time, fewer after this host ran
// short of something.
class ScanThrottle {
 public:
  // `pace` outlives it.
  ScanThrottle(const ScanPace& pace, std::uint64_t hosts);

  // Nothing: a probe may leave now. Otherwise ask again then, or after an answer.
  std::optional<Instant> not_before(Instant now);
  void sent(Instant now);
  // It stays in this host, and is not on its way until it is let go.
  void hold(Instant now) { flight_.take_back(now); }
  void let_go(Instant now) { flight_.sent(now); }
  // It was not sent after all, and costs nothing.
  void take_back(Instant now);
  // … for want of something in this host.
  void shortage(Instant now);
  // Answers were lost in this host.
  void dropped();
  // The first answer of a target.
  void answered(const ScanAnswer& answer, Instant now);
  // … and one that it gave since it was asked once more: that pays for its probe.
  void answered_again(const ScanAnswer& answer, Instant now);
  // Is to be told of closed ports, so that it may ask them once more, and of what they say then.
  PathWatch& path() { return path_; }

  // All probes, from now on, and never faster again: without a burst, or with one.
  void follow(double per_second);
  void slow_down(double per_second);
  // Probes that nobody answers.
  void set_ceiling(double silent_per_second);
  double ceiling() const { return silence_.rate(); }
  // … whatever limits them.
  double silent_per_second() const;
  // All probes.
  double per_second() const { return all_.rate(); }

  std::uint64_t waiting() const { return flight_.waiting(); }
  // By round trips seen, never above ScanPace::timeout.
  Duration usual_patience() const;
  // … with a host that has answered, or with one that has not.
  Duration patience(bool has_answered) const;
  // … after the last probe of a round.
  Duration tail() const;

 private:
  double least_window() const;

  const ScanPace& pace_;
  FlightLog flight_;
  TokenBucket silence_;
  TokenBucket all_;
  PathWatch path_;
  double least_per_second_;
  double window_;
  Instant held_until_{};
  RoundTrip round_trip_;
};

}  // namespace patchbay
