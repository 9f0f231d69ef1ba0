// What a room still has in memory answers most questions for its history.
#pragma once

#include <optional>
#include <vector>

#include "patchbay/tools/chat/room/chat_history.hpp"
#include "patchbay/tools/chat/room/chat_room.hpp"

namespace patchbay {

bool is_before(const ChatMessage& message, const ChatPoint& point);
bool is_after(const ChatMessage& message, const ChatPoint& point);

// As ChatHistory::read(), of the room's recent messages. Nothing: more was said than these, and
// the answer may be among it. With `is_all` nothing is kept elsewhere, so there is always one.
std::optional<std::vector<SharedChatMessage>> read_recent(const ChatRoom& room,
                                                          const ChatHistoryQuery& query,
                                                          bool is_all);

}  // namespace patchbay
