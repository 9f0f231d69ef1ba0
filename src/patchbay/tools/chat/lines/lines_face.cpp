#include "patchbay/tools/chat/lines/lines_face.hpp"

#include <fmt/format.h>

#include "patchbay/tools/chat/room/chat_hub.hpp"
#include "patchbay/tools/chat/text/chat_name.hpp"
#include "patchbay/tools/chat/text/chat_text.hpp"
#include "patchbay/wire/chat_line.hpp"

namespace patchbay {

namespace {

// ": why", where there is a why.
std::string because(std::string_view why) {
  return why.empty() ? std::string() : fmt::format(": {}", plain_chat_text(why));
}

bool is_from_server(const ChatSource& from) { return from.user.empty() && from.host.empty(); }

std::string topic_words(const ChatEvent& event) {
  if (event.text.empty()) {
    return fmt::format("{} took the topic of {} away", event.from.name, event.room);
  }
  return fmt::format("{} set the topic of {}{}", event.from.name, event.room, because(event.text));
}

}  // namespace

void append_lines_notice(std::string& out, std::string_view text) {
  append_chat_line(out, {.kind = ChatShown::Kind::notice, .text = text});
}

bool LinesFace::is_lobby(std::string_view room) const {
  const std::string& lobby = hub_.settings().lobby;
  return room == lobby || fold_chat_name(room) == fold_chat_name(lobby);
}

void LinesFace::render(const ChatEvent& event, std::uint32_t /*bits*/, std::string& out) const {
  const std::string& name = event.from.name;
  const auto notice = [&out](const std::string& text) { append_lines_notice(out, text); };
  switch (event.kind) {
    case ChatEvent::Kind::said: return render_said(*event.message, event.room, out);
    case ChatEvent::Kind::joined:
      if (is_lobby(event.room)) return notice(fmt::format("{} joined the chat!", name));
      return notice(fmt::format("{} joined {}", name, event.room));
    case ChatEvent::Kind::parted:
      return notice(fmt::format("{} left {}{}", name, event.room, because(event.text)));
    case ChatEvent::Kind::quit: return notice(fmt::format("{} left the chat", name));
    case ChatEvent::Kind::kicked:
      return notice(fmt::format("{} was sent out of {} by {}{}", event.target, event.room, name,
                                because(event.text)));
    case ChatEvent::Kind::renamed: return notice(fmt::format("{} is now {}", name, event.text));
    case ChatEvent::Kind::topic: return notice(topic_words(event));
    case ChatEvent::Kind::invited:
      return notice(fmt::format("{} invites you: /join {}", name, event.room));
    case ChatEvent::Kind::modes:
    case ChatEvent::Kind::away:
    case ChatEvent::Kind::account:
    case ChatEvent::Kind::host:
    case ChatEvent::Kind::real_name:
    case ChatEvent::Kind::invitation:
    case ChatEvent::Kind::appeared:
    case ChatEvent::Kind::vanished: return;
  }
}

// `room`: empty where it was said to a user.
void LinesFace::render_said(const ChatMessage& message, std::string_view room,
                            std::string& out) const {
  if (message.tone == ChatTone::tags) return;
  std::string text = plain_chat_text(message.text);
  if (is_from_server(message.from)) return append_lines_notice(out, text);
  const bool is_act = message.tone == ChatTone::action;
  ChatShown shown{.kind = is_act ? ChatShown::Kind::act : ChatShown::Kind::said,
                  .from = message.from.name};
  if (room.empty()) {
    shown.kind = ChatShown::Kind::told;
    shown.to = message.to;
    if (is_act) text.insert(0, "* ");
  } else if (!is_lobby(room)) {
    shown.room = room;
  }
  shown.text = text;
  append_chat_line(out, shown);
}

void LinesFace::render_past(const ChatMessage& message, std::string& out) const {
  constexpr std::size_t k_date = 10;
  constexpr std::size_t k_minutes = 16;
  const std::string at = rfc3339(message.at);  // 2026-03-01T12:00:00.000000Z
  const std::size_t begin = out.size();
  ((out.append(at, 0, k_date) += ' ').append(at, k_date + 1, k_minutes - k_date - 1)) += ' ';
  const std::size_t text = out.size();
  render_said(message, message.to.starts_with('#') ? std::string_view(message.to) : "", out);
  if (out.size() == text) out.resize(begin);
}

}  // namespace patchbay
