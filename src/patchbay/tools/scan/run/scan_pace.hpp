// ScanPace: how fast a scan goes, how long it waits, and when it has asked enough.
#pragma once

#include <cstdint>
#include <optional>

#include "patchbay/base/time.hpp"

namespace patchbay {

// Answers are free, silence is paced: a probe that is answered makes room for the next one, and one
// that is not is paid for at `silent_per_second`.
struct ScanPace {
  double silent_per_second = 10'000;           // probes that nobody answers
  std::optional<double> per_second = {};       // all probes, answered or not
  std::optional<double> host_per_second = {};  // likewise, to any one host
  // Whatever slows a scan down leaves it so many probes. No ceiling is raised for that.
  double least_per_second = 0;
  Duration host_spacing{};                    // between two probes to one host, at the least
  std::optional<Duration> host_timeout = {};  // from its first probe on; then it is given up
  std::uint32_t waiting = 100'000;            // probes that may wait for an answer at a time
  std::uint32_t first_waiting = 1'000;        // … before anything has been answered

  Duration timeout = 1s;        // an answer is never waited for longer
  Duration first_wait = 1s;     // for as long as nobody has answered
  Duration least_wait = 100ms;  // between two tries of a target, however near it is
  Duration tail = 10s;          // after the last probe, at most

  unsigned most_tries = 10;  // of a target that is silent
  unsigned least_tries = 2;  // … before it is called so
  // A scan ends when it expects to have missed no more open ports than this.
  double residual = 0.001;
  double residual_share = 0;  // … or no more than this share of those that answered
  // Follows a host that holds its answers back for as long as it takes.
  bool follow_limits = false;
};

}  // namespace patchbay
