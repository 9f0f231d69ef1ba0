#include "patchbay/tools/chat_client/chat_view.hpp"

namespace patchbay::chat_client {

namespace {

const char* record_type(ChatEvent::Kind kind) {
  switch (kind) {
    case ChatEvent::Kind::welcomed: return "welcomed";
    case ChatEvent::Kind::said:
    case ChatEvent::Kind::history: return "message";
    case ChatEvent::Kind::joined: return "join";
    case ChatEvent::Kind::parted: return "part";
    case ChatEvent::Kind::quit: return "quit";
    case ChatEvent::Kind::kicked: return "kick";
    case ChatEvent::Kind::renamed: return "nick";
    case ChatEvent::Kind::topic: return "topic";
    case ChatEvent::Kind::members: return "members";
    case ChatEvent::Kind::ranked: return "rank";
    case ChatEvent::Kind::word: return "word";
    case ChatEvent::Kind::refused: return "refused";
    case ChatEvent::Kind::fenced: return "fenced";
  }
  return "";
}

class JsonView final : public ChatView {
 public:
  explicit JsonView(Output& out) : out_(out) {}

  void happened(const ChatEvent& event) override {
    if (event.kind == ChatEvent::Kind::said) return said(event.room, event.line, false);
    if (event.kind == ChatEvent::Kind::history) {
      for (const ChatLine& line : event.lines) said(event.room, line, true);
      return;
    }
    Record record(record_type(event.kind));
    record.at("ts", event.at);
    if (!event.room.empty()) record.text("room", event.room);
    if (!event.from.empty()) record.text("from", event.from);
    add_details(event, record);
    out_.emit(record);
  }

  void connection(const ChatConnection& connection) override {
    Record record("connection");
    record.text("state", name_of(connection.state)).text("server", connection.server);
    if (connection.lost) {
      record.text("what", connection.lost->what()).text("why", connection.lost->why());
    }
    if (connection.state == ChatState::waiting) record.time_us("wait_us", connection.wait);
    out_.emit(record);
  }

 private:
  static void add_details(const ChatEvent& event, Record& record) {
    switch (event.kind) {
      case ChatEvent::Kind::renamed: record.text("name", event.target); return;
      case ChatEvent::Kind::kicked:
        record.text("target", event.target).text("text", event.text);
        return;
      case ChatEvent::Kind::ranked:
        record.text("target", event.target).text("sign", event.text).flag("given", event.own);
        return;
      case ChatEvent::Kind::members: add_members(event, record); return;
      case ChatEvent::Kind::joined: record.flag("own", event.own); return;
      default: record.text("text", event.text); return;
    }
  }

  static void add_members(const ChatEvent& event, Record& record) {
    std::vector<std::string> names;
    for (const ChatMember& member : event.members) names.push_back(member.name);
    record.list("names", names).count("count", names.size());
  }

  void said(const std::string& room, const ChatLine& line, bool past) {
    Record record("message");
    record.at("ts", line.at)
        .text("room", room)
        .text("from", line.from)
        .text("kind", name_of(line.kind))
        .text("text", line.text)
        .flag("own", line.own);
    if (!line.id.empty()) record.text("id", line.id);
    if (past) record.flag("past", true);
    out_.emit(record);
  }

  Output& out_;
};

}  // namespace

std::unique_ptr<ChatView> make_json_view(Output& out) { return std::make_unique<JsonView>(out); }

}  // namespace patchbay::chat_client
