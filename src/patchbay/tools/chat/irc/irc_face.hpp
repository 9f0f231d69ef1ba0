// IrcFace: events as IRC writes them.
#pragma once

#include "patchbay/tools/chat/irc/irc_capability.hpp"
#include "patchbay/tools/chat/room/chat_event.hpp"

namespace patchbay {

class IrcFace final : public ChatFace {
 public:
  void render(const ChatEvent& event, std::uint32_t bits, std::string& out) const override;
};

// The one that all sessions share.
const IrcFace& irc_face();

// What was said once, without its end and in no frame, for an answer to whoever asks for it.
std::string irc_history_line(const ChatMessage& message, std::uint32_t bits);

// Ends a line: CR LF, or makes it a WebSocket message; `begin` is where in `out` it begins. What is
// longer than 510 bytes without its tags is cut, between characters. What is no UTF-8 becomes
// U+FFFD in a text message.
void finish_irc_line(std::string& out, std::size_t begin, std::uint32_t bits);

}  // namespace patchbay
