// TokenBucket: so many a second, and a few at once.
#pragma once

#include <algorithm>
#include <optional>

#include "patchbay/base/time.hpp"

namespace patchbay {

// Time fills it up to `saved`; whatever else adds to it may fill it up to `most`.
struct BucketSize {
  double saved = 1;
  double most = 1;
};

class TokenBucket {
 public:
  // `per_second` > 0. What may be saved is there at the start.
  TokenBucket(double per_second, BucketSize size)
      : per_second_(per_second), size_(size), tokens_(size.saved) {}

  void set_rate(double per_second, BucketSize size) {
    per_second_ = per_second;
    size_ = size;
    tokens_ = std::min(tokens_, size.most);
  }
  double rate() const { return per_second_; }

  void refill(Instant now) {
    if (filled_ && now > *filled_ && tokens_ < size_.saved) {
      const double passed = std::chrono::duration<double>(now - *filled_).count();
      tokens_ = std::min(tokens_ + per_second_ * passed, size_.saved);
    }
    filled_ = std::max(filled_.value_or(now), now);
  }
  bool has_one() const { return tokens_ >= 1; }
  void take() { tokens_ -= 1; }
  void add(double tokens) { tokens_ = std::min(tokens_ + tokens, size_.most); }

  // When there will be one, and a millisecond's worth where that is more: nobody wakes up for each.
  Instant next_at(Instant now) const {
    const double wanted = std::min(size_.saved, std::max(1.0, per_second_ / 1000));
    if (tokens_ >= wanted) return now;
    const double wait = (wanted - tokens_) / per_second_;
    if (wait > 3600) return now + 1h;
    return now + std::chrono::ceil<Duration>(std::chrono::duration<double>(wait));
  }

 private:
  double per_second_;
  BucketSize size_;
  double tokens_;
  std::optional<Instant> filled_;
};

}  // namespace patchbay
