#include "patchbay/tools/chat/chat_flood.hpp"

#include <algorithm>
#include <utility>

namespace patchbay {

namespace {

// Whoever lets so much time pass, after it might have gone on, has stopped.
constexpr Duration k_pause = 100ms;

const ChatPace& pace_of(ChatCost cost, const ChatLimits& limits) {
  switch (cost) {
    case ChatCost::command: return limits.commands;
    case ChatCost::history: return limits.history;
    case ChatCost::join: return limits.joins;
  }
  std::unreachable();
}

Duration seconds(double count) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(count));
}

}  // namespace

void ChatFlood::spend(ChatCost cost, const ChatLimits& limits, Instant now) {
  const ChatPace& pace = pace_of(cost, limits);
  if (!counts_ || pace.burst <= 0 || pace.per_second <= 0) return;
  Bucket& bucket = buckets_[static_cast<std::size_t>(cost)];
  bucket.empty_at = std::max(bucket.empty_at, now) + seconds(1 / pace.per_second);
  const Instant free_at = bucket.empty_at - seconds(pace.burst / pace.per_second);
  if (free_at <= now) return;
  if (now > free_at_ + k_pause) delayed_since_ = now;
  free_at_ = std::max(free_at_, free_at);
}

}  // namespace patchbay
