#include "patchbay/tools/chat_client/chat_link.hpp"

#include <algorithm>

namespace patchbay::chat_client {

// Whatever a user or a settings file put into it: one line stays one.
void ChatLink::send(std::string line) {
  std::erase_if(line, [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
  lines_.push_back(std::move(line));
}

void ChatLink::tell_word(std::string text, WallTime at, std::string room) {
  tell({.kind = ChatEvent::Kind::word, .at = at, .room = std::move(room), .text = std::move(text)});
}

void ChatLink::refuse(std::string text, WallTime at, std::string room) {
  tell({.kind = ChatEvent::Kind::refused,
        .at = at,
        .room = std::move(room),
        .text = std::move(text)});
}

void ChatLink::give_up(Failure failure, int code) {
  if (!refusal_) refusal_ = ChatRefusal{std::move(failure), code};
}

}  // namespace patchbay::chat_client
