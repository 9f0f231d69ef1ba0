// RoundMeter: how a round goes, since something last changed its pace.
#pragma once

#include <algorithm>
#include <cstdint>

#include "patchbay/base/time.hpp"

namespace patchbay {

struct RoundPace {
  Duration lasted{};         // from its first probe on
  std::uint64_t passed = 0;  // targets that it has done, whether they were to be asked or not
  std::uint64_t asked = 0;
  std::uint64_t answers = 0;
};

// Where a round stands.
struct RoundMark {
  Instant now{};
  std::uint64_t passed = 0;   // targets of its walk
  std::uint64_t put_off = 0;  // of them, counted as asked and not asked yet
};

class RoundMeter {
 public:
  // A round begins, or from now on its pace is another one.
  void begin(std::uint64_t passed) {
    *this = RoundMeter();
    from_ = passed;
  }
  void asked(Instant now) {
    if (asked_++ == 0) first_ = now;
  }
  void answered() { ++answers_; }

  RoundPace read(const RoundMark& mark) const {
    const std::uint64_t before = from_ + mark.put_off;
    return {.lasted = asked_ == 0 ? Duration(0) : std::max(mark.now - first_, Duration(0)),
            .passed = mark.passed - std::min(before, mark.passed),
            .asked = asked_ - std::min(mark.put_off, asked_),
            .answers = answers_};
  }

 private:
  Instant first_{};
  std::uint64_t from_ = 0;
  std::uint64_t asked_ = 0;
  std::uint64_t answers_ = 0;
};

}  // namespace patchbay
