// Http2Budget: how often a client may do what costs a server more than it costs the client.
#pragma once

#include <algorithm>

#include "patchbay/base/time.hpp"

namespace patchbay {

// So many a second, and what ten seconds allow at once: a browser takes back a page's worth of
// streams when its reader goes on.
class Http2Budget {
 public:
  Http2Budget(double per_second, Instant now)
      : per_second_(per_second), left_(most()), refilled_(now) {}

  // False: it has done it too often.
  bool spend(Instant now) {
    const double seconds = std::chrono::duration<double>(now - refilled_).count();
    left_ = std::min(left_ + seconds * per_second_, most());
    refilled_ = now;
    if (left_ < 1) return false;
    left_ -= 1;
    return true;
  }

 private:
  static constexpr double k_seconds_at_once = 10;
  double most() const { return std::max(per_second_ * k_seconds_at_once, 1.0); }

  double per_second_;
  double left_;
  Instant refilled_;
};

}  // namespace patchbay
