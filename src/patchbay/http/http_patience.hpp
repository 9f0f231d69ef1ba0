// HttpPatience: how long a slow peer is waited for, in both versions. Time that it lets pass is a
// debt, bytes that it moves pay it off at the least rate; a debt of more than `grace` is too much.
// So whoever keeps to the rate is never cut off, and nothing that was fast once may stand still for
// long later, unless what it did in advance is saved for it, up to a limit.
#pragma once

#include <algorithm>
#include <cstdint>

#include "patchbay/base/time.hpp"

namespace patchbay {

class HttpPatience {
 public:
  HttpPatience(Duration grace, std::uint64_t least_rate, Duration most_saved = {})
      : grace_(grace),
        least_rate_(std::max<std::uint64_t>(least_rate, 1)),
        most_saved_(std::max(most_saved, Duration(0))) {}

  void wait(Duration time) { debt_ += time; }
  void pay(std::uint64_t bytes) {
    if (debt_ > Duration(0)) debt_ = std::max(debt_ - worth(bytes), Duration(0));
  }
  // As pay(), and what is more than the debt stands against a later one.
  void save(std::uint64_t bytes) { debt_ = std::max(debt_ - worth(bytes), -most_saved_); }
  void forgive() { debt_ = Duration(0); }

  // What is left; zero or less: it is at its end.
  Duration left() const { return grace_ - debt_; }
  // How long so many bytes may take, all in all.
  Duration for_all_of(std::uint64_t bytes) const { return grace_ + worth(bytes); }

 private:
  Duration worth(std::uint64_t bytes) const {
    // A day's worth pays any debt; more could overflow.
    const double seconds = static_cast<double>(bytes) / static_cast<double>(least_rate_);
    return std::chrono::duration_cast<Duration>(
        std::chrono::duration<double>(std::min(seconds, 86'400.0)));
  }

  Duration grace_;
  std::uint64_t least_rate_;
  Duration most_saved_;
  Duration debt_{};
};

}  // namespace patchbay
