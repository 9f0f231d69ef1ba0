// RoundTrip: how long an answer takes, and how long to wait for one (RFC 6298 section 2, with a
// floor of the caller's).
#pragma once

#include <algorithm>
#include <optional>

#include "patchbay/base/time.hpp"

namespace patchbay {

class RoundTrip {
 public:
  void add(Duration sample) {
    slowest_ = std::max(slowest_, sample);
    if (!smoothed_) {
      smoothed_ = sample;
      variation_ = sample / 2;
      return;
    }
    const Duration apart = sample > *smoothed_ ? sample - *smoothed_ : *smoothed_ - sample;
    variation_ += (apart - variation_) / 4;
    *smoothed_ += (sample - *smoothed_) / 8;
  }

  // Nothing before the first sample.
  std::optional<Duration> wait() const {
    if (!smoothed_) return std::nullopt;
    return *smoothed_ + 4 * variation_;
  }
  Duration slowest() const { return slowest_; }

 private:
  std::optional<Duration> smoothed_;
  Duration variation_{};
  Duration slowest_{};
};

}  // namespace patchbay
