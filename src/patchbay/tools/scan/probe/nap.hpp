// Nap: a sleep that somebody else may end before its time.
#pragma once

#include "patchbay/net/op.hpp"

namespace patchbay {

// Until a time, which is no fault here, or until somebody ends it.
class Nap : public Op {
 public:
  // `place` is where whoever may end it finds it, and null at other times.
  Nap(Op*& place, Instant until)
      : Op(OpKind::sleep, nullptr, -1, Deadline(until)), place_(place), until_(until) {
    place_ = this;
  }
  ~Nap() { place_ = nullptr; }
  Nap(const Nap&) = delete;
  Nap& operator=(const Nap&) = delete;

  Result<> await_resume() const {
    const bool slept = outcome == Outcome::timed_out && !cut_short(until_);
    if (!slept && !succeeded()) return failure();
    return ok();
  }

 private:
  Op*& place_;
  Deadline until_;
};

}  // namespace patchbay
