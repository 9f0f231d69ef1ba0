// ChatHistory: where messages are kept, and asked for again.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/base/result.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/tools/chat/room/chat_message.hpp"

namespace patchbay {

struct ChatTopic {
  std::string text = {};
  std::string by = {};  // nick!user@host
  WallTime at{};
};

// A place in a history: a message, or a time between messages.
struct ChatPoint {
  std::optional<std::uint64_t> id = {};
  WallTime at{};
};

struct ChatHistoryQuery {
  enum class Way : std::uint8_t {
    latest,   // the last ones; with `from`: of those after it
    before,   // the last ones before `from`
    after,    // the first ones after `from`
    around,   // those next to `from`, which is one of them
    between,  // from `from` on towards `to`, in whichever direction that is, both left out
  };
  std::string key = {};  // as ChatMessage::key
  Way way = Way::latest;
  std::optional<ChatPoint> from = {};
  std::optional<ChatPoint> to = {};
  std::size_t limit = 100;
};

struct ChatSearch {
  std::string text;               // words that all have to be in it; nothing in them is special
  std::vector<std::string> keys;  // where to look; what the asker may see
  std::optional<std::string> from = {};  // a sender's name
  std::optional<WallTime> before = {};
  std::optional<WallTime> after = {};
  std::size_t limit = 50;
};

struct ChatTarget {
  std::string key;
  std::string to;     // as it was written last
  WallTime latest{};  // when something was last said
};

// On one loop. Answers have the oldest message first.
class ChatHistory {
 public:
  virtual ~ChatHistory() = default;
  // Never waits. What cannot be kept is counted, and told to the operator.
  virtual void keep(SharedChatMessage message) = 0;
  // Likewise of a room's topic; an empty one is kept as well.
  virtual void keep_topic(std::string_view key, std::string_view room, const ChatTopic& topic) = 0;
  // More is said than can be kept: whoever says something waits before they go on.
  virtual bool is_behind() const { return false; }
  virtual Task<Result<std::vector<ChatMessage>>> read(ChatHistoryQuery query) = 0;
  virtual Task<Result<std::vector<ChatMessage>>> search(ChatSearch search) = 0;
  // Of these keys, those with something said between the two times, the latest last.
  virtual Task<Result<std::vector<ChatTarget>>> targets(std::vector<std::string> keys,
                                                        WallTime from, WallTime to,
                                                        std::size_t limit) = 0;
};

// What a room has to know of its past when it comes into being.
struct ChatRoomPast {
  std::uint64_t last_sequence = 0;
  ChatTopic topic = {};
  std::vector<SharedChatMessage> recent = {};  // the oldest first
};

}  // namespace patchbay
