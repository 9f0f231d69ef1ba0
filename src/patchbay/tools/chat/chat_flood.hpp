// ChatFlood: how fast one client may go on. It is delayed first, and cut when it owes too much.
#pragma once

#include <algorithm>
#include <cstdint>

#include "patchbay/net/deadline.hpp"
#include "patchbay/tools/chat/chat_settings.hpp"

namespace patchbay {

enum class ChatCost : std::uint8_t { command, history, join };

class ChatFlood {
 public:
  explicit ChatFlood(bool counts = true) : counts_(counts) {}

  // One of a kind is done now.
  void spend(ChatCost cost, const ChatLimits& limits, Instant now);
  // When the next line may be taken: now or later.
  Instant next(Instant now) const { return counts_ && free_at_ > now ? free_at_ : now; }
  // It owes more than limits.flood_patience, or has been delayed for so long without a pause.
  bool is_hopeless(const ChatLimits& limits, Instant now) const {
    if (!counts_ || free_at_ <= now) return false;
    return std::max(free_at_ - now, now - delayed_since_) > limits.flood_patience;
  }

 private:
  struct Bucket {
    Instant empty_at{};  // when all that was spent is paid back
  };
  bool counts_;
  Bucket buckets_[3] = {};
  Instant free_at_{};
  Instant delayed_since_{};
};

}  // namespace patchbay
