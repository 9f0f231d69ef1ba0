#include "patchbay/net/sim/alarm.hpp"

namespace patchbay::sim {

void Alarm::set(Instant when) {
  when_ = when;
  if (when == Instant::max() || (!entries_.empty() && entries_.back() <= when)) return;
  entries_.push_back(when);
  agenda_.add(*this, when);
}

void Alarm::happen() {
  entries_.pop_back();
  if (when_ <= agenda_.now()) {
    when_ = Instant::max();
    ring();
  } else {
    set(when_);
  }
  if (entries_.empty()) rest();  // the last thing done here: it may be the end of this alarm
}

}  // namespace patchbay::sim
