// Time as the library counts it: nanoseconds on a monotonic clock that only the loop reads.
#pragma once

#include <chrono>
#include <cstdint>

namespace patchbay {

using namespace std::chrono_literals;

using Duration = std::chrono::nanoseconds;

// The loop's clock. It has no now(): time comes from Loop::now(), so that a simulated run can own
// it.
struct LoopClock {
  using duration = Duration;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<LoopClock, Duration>;
  static constexpr bool is_steady = true;
};

// A point on the loop's clock; comparable within one process only.
using Instant = LoopClock::time_point;

}  // namespace patchbay
