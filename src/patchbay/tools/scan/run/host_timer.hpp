// HostTimer: for how long each host has been asked (--host-timeout).
#pragma once

#include <cstdint>
#include <vector>

#include "patchbay/base/time.hpp"

namespace patchbay {

// Hosts are numbers below `hosts`, each of which takes 8 bytes.
class HostTimer {
 public:
  HostTimer(Duration most, std::uint64_t hosts) : most_(most), began_(hosts, Instant::max()) {}

  // The first time counts.
  void begin(std::uint64_t host, Instant now) {
    if (began_[host] == Instant::max()) began_[host] = now;
  }
  bool is_over(std::uint64_t host, Instant now) const {
    return began_[host] != Instant::max() && now - began_[host] >= most_;
  }

 private:
  const Duration most_;
  std::vector<Instant> began_;  // Instant::max(): not yet
};

}  // namespace patchbay
