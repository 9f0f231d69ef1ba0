// LinesFace: events as people read them in nc or telnet.
#pragma once

#include "patchbay/tools/chat/room/chat_event.hpp"

namespace patchbay {

class ChatHub;

// Everybody is shown the same, so one log a room serves them all. What is said in the lobby looks
// as the tutorial had it; everywhere else the room stands behind the name: "[ann@#dev] hi". Who
// changes modes, is away or logs in is not told here.
class LinesFace final : public ChatFace {
 public:
  // Borrowed: it knows which room the lobby is.
  explicit LinesFace(const ChatHub& hub) : hub_(hub) {}

  void render(const ChatEvent& event, std::uint32_t bits, std::string& out) const override;
  // As render() writes what was said, with the time in front: "2026-03-01 12:00 [ann] hi", in UTC.
  void render_past(const ChatMessage& message, std::string& out) const;

 private:
  void render_said(const ChatMessage& message, std::string_view room, std::string& out) const;
  bool is_lobby(std::string_view room) const;

  const ChatHub& hub_;
};

// "[SERVER] …", with its line feed.
void append_lines_notice(std::string& out, std::string_view text);

}  // namespace patchbay
