#include "patchbay/tools/chat_client/chat_event.hpp"

#include "patchbay/tools/chat_client/chat_text.hpp"

namespace patchbay::chat_client {

namespace {

void clean(std::string& text) { text = clean_text(text); }

void clean(ChatLine& line) {
  clean(line.from);
  clean(line.text);
}

}  // namespace

const char* name_of(ChatLine::Kind kind) {
  switch (kind) {
    case ChatLine::Kind::message: return "message";
    case ChatLine::Kind::action: return "action";
    case ChatLine::Kind::notice: return "notice";
    case ChatLine::Kind::happening: return "happening";
    case ChatLine::Kind::word: return "word";
    case ChatLine::Kind::refusal: return "refusal";
  }
  return "";
}

void clean(ChatEvent& event) {
  for (std::string* text : {&event.room, &event.from, &event.target, &event.text}) clean(*text);
  clean(event.line);
  for (ChatLine& line : event.lines) clean(line);
  for (ChatMember& member : event.members) {
    clean(member.name);
    clean(member.signs);
  }
}

}  // namespace patchbay::chat_client
