// FlightLog: how many probes are on their way, without remembering any one of them.
#pragma once

#include <array>
#include <cstdint>

#include "patchbay/base/time.hpp"

namespace patchbay {

// Counts what was sent and answered in short stretches of time; an answer tells when its probe was
// sent. Holds the last ten seconds.
class FlightLog {
 public:
  void sent(Instant now);
  // It was not sent after all.
  void take_back(Instant now);
  // An answer to what was sent at `sent_at`: false if that is not waited for any more.
  bool answered(Instant sent_at);
  // What was sent before is waited for no longer. How many of them were never answered.
  std::uint64_t expire(Instant before);

  std::uint64_t waiting() const { return waiting_; }
  // When the oldest that are waited for were sent; Instant::max() when none are.
  Instant oldest() const;

 private:
  static constexpr Duration k_width = 5ms;
  static constexpr std::int64_t k_stretches = 2048;

  static std::int64_t stretch_of(Instant time) { return time.time_since_epoch() / k_width; }
  std::uint32_t& of(std::int64_t stretch) {
    return waiting_in_[static_cast<std::size_t>(stretch % k_stretches)];
  }

  std::array<std::uint32_t, k_stretches> waiting_in_ = {};
  std::int64_t first_ = 0;  // the oldest stretch that is waited for
  std::int64_t last_ = -1;
  std::uint64_t waiting_ = 0;
};

}  // namespace patchbay
