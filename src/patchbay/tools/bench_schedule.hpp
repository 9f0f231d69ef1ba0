// When the requests of an open loop are due.
#pragma once

#include <cstdint>

#include "patchbay/base/time.hpp"

namespace patchbay {

// The requests of one connection out of several that make a rate together: evenly spaced, and
// between those of the others, so that the peer does not get them in bursts.
class BenchSchedule {
 public:
  BenchSchedule() = default;
  // `rate` is requests a second of all `connections` together; `index` is below `connections`.
  BenchSchedule(Instant begin, double rate, std::size_t index, std::size_t connections)
      : interval_ns_(1e9 / rate * static_cast<double>(connections)),
        first_(begin + after(1e9 / rate, index)) {}

  Instant due(std::uint64_t number) const { return first_ + after(interval_ns_, number); }

 private:
  static Duration after(double interval_ns, std::uint64_t number) {
    return Duration(static_cast<Duration::rep>(interval_ns * static_cast<double>(number)));
  }

  double interval_ns_ = 0;
  Instant first_{};
};

}  // namespace patchbay
