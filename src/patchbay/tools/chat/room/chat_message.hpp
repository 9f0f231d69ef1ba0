// ChatMessage: what somebody said, in a room or to another user, as it is kept and shown again.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "patchbay/tools/record.hpp"

namespace patchbay {

enum class ChatTone : std::uint8_t {
  message,
  notice,  // no program answers it by itself
  action,  // "/me waves"
  tags,    // no text, only what clients tell each other; not kept
};

// Who says or does something, as it was then.
struct ChatSource {
  std::string name;
  std::string user;  // of user@host
  std::string host;
  std::string account;  // empty: none
};

struct ChatMessage {
  std::uint64_t id = 0;  // of the whole server: rises, also over restarts
  // Of the room: 1, 2, 3 … without a gap, also over restarts; 0 for one that is not kept.
  std::uint64_t sequence = 0;
  // What it is kept under: the room's name, folded; of two users the folded names of their
  // accounts in order, with a blank between them. Empty: it is not kept.
  std::string key;
  std::string to;             // the room or the user, as it is written
  std::uint8_t to_ranks = 0;  // of the room to those alone who have one of these; 0: to all
  WallTime at{};
  ChatTone tone = ChatTone::message;
  ChatSource from;
  std::string text;
  std::string tags;  // the client's own ("+reply=…;+typing=…"), as IRC writes them; empty: none
};

using SharedChatMessage = std::shared_ptr<const ChatMessage>;

// What clients call a message by: the id in 16 hexadecimal digits.
std::string chat_message_id(std::uint64_t id);
// Nothing: it is none.
std::optional<std::uint64_t> parse_chat_message_id(std::string_view text);

}  // namespace patchbay
