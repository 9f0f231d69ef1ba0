#include <fmt/format.h>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/tools/chat_client/chat_model.hpp"
#include "patchbay/tools/chat_client/chat_view.hpp"
#include "patchbay/tools/chat_client/chat_wish.hpp"

namespace patchbay::chat_client {

namespace {

std::string plain_text(const ChatLine& line) {
  switch (line.kind) {
    case ChatLine::Kind::action: return fmt::format("* {} {}", line.from, line.text);
    case ChatLine::Kind::notice: return fmt::format("-{}- {}", line.from, line.text);
    default: return fmt::format("[{}] {}", line.from, line.text);
  }
}

class PlainView final : public ChatView {
 public:
  PlainView(Output& out, bool rooms) : out_(out), rooms_(rooms) {}

  void happened(const ChatEvent& event) override {
    switch (event.kind) {
      case ChatEvent::Kind::said: return said(event.room, event.line);
      case ChatEvent::Kind::history:
        for (const ChatLine& line : event.lines) say(event.room, line);
        return;
      case ChatEvent::Kind::welcomed: return out_.note(fmt::format("[+] You are {}", event.from));
      case ChatEvent::Kind::word: return out_.note("    " + event.text);
      case ChatEvent::Kind::refused: return out_.note("[!] " + event.text);
      case ChatEvent::Kind::members: return members(event);
      default: break;
    }
    const std::string text = happening_text(event);
    if (text.empty()) return;
    out_.note(event.room.empty() ? "* " + text : fmt::format("{} * {}", event.room, text));
  }

  void connection(const ChatConnection& connection) override {
    const std::string server = escape_terminal(connection.server);
    if (connection.state == ChatState::online) {
      out_.note(fmt::format("[+] Connected to {}", server));
    }
    if (connection.state != ChatState::waiting) return;
    out_.note(fmt::format("[!] The connection to {} is lost{}: next try in {}", server,
                          connection.lost ? " (" + connection.lost->why() + ")" : std::string(),
                          format_duration(connection.wait)));
  }

 private:
  void members(const ChatEvent& event) {
    std::string names;
    for (const ChatMember& member : event.members) {
      names.append(names.empty() ? "" : ", ").append(member.name);
    }
    out_.detail(1, fmt::format("{} * here: {}", event.room, names));
  }

  // What the user has said stands before him already.
  void said(const std::string& room, const ChatLine& line) {
    if (!line.own) say(room, line);
  }

  void say(const std::string& room, const ChatLine& line) {
    const bool tells_room = rooms_ || !is_room_name(room);
    out_.print(tells_room ? fmt::format("{} {}", room, plain_text(line)) : plain_text(line));
  }

  Output& out_;
  bool rooms_;
};

}  // namespace

const char* name_of(ChatState state) {
  switch (state) {
    case ChatState::connecting: return "connecting";
    case ChatState::signing_in: return "signing_in";
    case ChatState::online: return "online";
    case ChatState::waiting: return "waiting";
    case ChatState::over: return "over";
  }
  return "";
}

std::unique_ptr<ChatView> make_plain_view(Output& out, bool rooms) {
  return std::make_unique<PlainView>(out, rooms);
}

}  // namespace patchbay::chat_client
