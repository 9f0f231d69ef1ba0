// Deadline: the last parameter of every operation that can block. An instant and not a duration, so
// that it composes: the same deadline handed to three calls limits the three together.
#pragma once

#include "patchbay/base/time.hpp"

namespace patchbay {

class Deadline {
 public:
  constexpr Deadline() = default;
  constexpr explicit Deadline(Instant at) : at_(at) {}

  static constexpr Deadline never() { return Deadline(); }

  // From now on, by the clock of this thread's loop. A duration of zero or less has passed already:
  // an operation with it ends as timed_out without being tried.
  static Deadline after(Duration duration);

  constexpr Instant at() const { return at_; }
  constexpr bool is_never() const { return at_ == Instant::max(); }

  constexpr Deadline or_earlier(Deadline other) const { return at_ < other.at_ ? *this : other; }

 private:
  Instant at_ = Instant::max();
};

}  // namespace patchbay
