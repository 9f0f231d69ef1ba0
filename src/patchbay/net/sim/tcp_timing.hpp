// RoundTrip and Congestion: how long TCP waits for an answer (RFC 6298), and how much it dares to
// send before one (RFC 5681, RFC 6582).
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "patchbay/base/time.hpp"

namespace patchbay::sim {

class RoundTrip {
 public:
  void sample(Duration measured) {
    if (smoothed_ == Duration::zero()) {
      smoothed_ = measured;
      deviation_ = measured / 2;
    } else {
      const Duration error = measured > smoothed_ ? measured - smoothed_ : smoothed_ - measured;
      deviation_ += (error - deviation_) / 4;
      smoothed_ += (measured - smoothed_) / 8;
    }
    timeout_ = std::clamp(smoothed_ + std::max(4 * deviation_, k_least), k_least, k_most);
  }
  // Until what was sent last is sent again.
  Duration timeout() const { return std::min(timeout_ * (std::int64_t{1} << doublings_), k_most); }
  void back_off() { doublings_ = std::min(doublings_ + 1, 10); }
  void answered() { doublings_ = 0; }

 private:
  static constexpr Duration k_least = 200ms;  // as Linux has it; the RFC would wait a second
  static constexpr Duration k_most = 120s;

  Duration smoothed_{};
  Duration deviation_{};
  Duration timeout_ = 1s;
  int doublings_ = 0;
};

class Congestion {
 public:
  void begin(std::size_t segment_bytes) {
    segment_ = segment_bytes;
    window_ = 10 * segment_bytes;
  }
  std::size_t window() const { return window_; }
  bool recovering() const { return recovering_; }
  std::uint64_t recover_until() const { return recover_until_; }

  void acknowledged(std::size_t bytes) {
    if (window_ < threshold_) {
      window_ += std::min(bytes, 2 * segment_);
    } else {
      window_ += std::max<std::size_t>(1, segment_ * segment_ / window_);
    }
    window_ = std::min(window_, k_most);
  }
  // The third acknowledgement in a row of the same byte: something is missing, and later things
  // have arrived.
  void lost_one(std::size_t in_flight, std::uint64_t sent_until) {
    threshold_ = std::max(in_flight / 2, 2 * segment_);
    window_ = threshold_ + 3 * segment_;
    recovering_ = true;
    recover_until_ = sent_until;
  }
  void another_arrived() { window_ = std::min(window_ + segment_, k_most); }
  void partly_recovered(std::size_t bytes) {
    window_ = std::max(window_ - std::min(bytes, window_) + segment_, segment_);
  }
  void recovered() {
    window_ = threshold_;
    recovering_ = false;
  }
  void timed_out(std::size_t in_flight) {
    threshold_ = std::max(in_flight / 2, 2 * segment_);
    window_ = segment_;
    recovering_ = false;
  }

 private:
  static constexpr std::size_t k_most = 16 * 1024 * 1024;

  std::size_t segment_ = 536;
  std::size_t window_ = 5360;
  std::size_t threshold_ = k_most;
  bool recovering_ = false;
  std::uint64_t recover_until_ = 0;
};

}  // namespace patchbay::sim
