#include "patchbay/tools/scan/run/flight_log.hpp"

#include <algorithm>

namespace patchbay {

void FlightLog::sent(Instant now) {
  const std::int64_t stretch = stretch_of(now);
  if (waiting_ == 0) {
    first_ = std::max(first_, stretch);
  } else if (stretch - first_ >= k_stretches) {
    expire(Instant((stretch - k_stretches + 1) * k_width));
  }
  last_ = std::max(last_, stretch);
  ++of(stretch);
  ++waiting_;
}

void FlightLog::take_back(Instant now) { answered(now); }

bool FlightLog::answered(Instant sent_at) {
  std::int64_t stretch = stretch_of(sent_at);
  // The time that an answer tells may be coarse, and then it is too early, by less than a stretch:
  // the next one that is waited for will do.
  if (waiting_ == 0 || stretch + 1 < first_) return false;
  stretch = std::max(stretch, first_);
  for (std::int64_t i = std::min(stretch, last_); i <= last_; ++i) {
    if (of(i) == 0) continue;
    --of(i);
    --waiting_;
    return true;
  }
  for (std::int64_t i = std::min(stretch, last_) - 1; i >= first_; --i) {
    if (of(i) == 0) continue;
    --of(i);
    --waiting_;
    return true;
  }
  return false;
}

std::uint64_t FlightLog::expire(Instant before) {
  std::uint64_t silent = 0;
  const std::int64_t end = stretch_of(before);
  for (; first_ < end && first_ <= last_; ++first_) {
    silent += of(first_);
    of(first_) = 0;
  }
  first_ = std::max(first_, end);
  waiting_ -= silent;
  return silent;
}

Instant FlightLog::oldest() const {
  if (waiting_ == 0) return Instant::max();
  std::int64_t stretch = first_;
  while (waiting_in_[static_cast<std::size_t>(stretch % k_stretches)] == 0) ++stretch;
  return Instant(stretch * k_width);
}

}  // namespace patchbay
