// What a chat's server says to a client: whatever it is, the links go on, nothing of it can act on
// a terminal, and each row of the screen is as wide as the screen. The first byte of the input
// chooses the protocol and the width.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "check.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/tools/chat_client/chat_model.hpp"
#include "patchbay/tools/chat_client/chat_text.hpp"
#include "patchbay/tools/chat_client/irc_link.hpp"
#include "patchbay/tools/chat_client/key_decoder.hpp"
#include "patchbay/tools/chat_client/lines_link.hpp"
#include "patchbay/tools/chat_client/screen_layout.hpp"

namespace {

using namespace patchbay;
using namespace patchbay::chat_client;

void check_text(std::string_view text) {
  while (!text.empty()) {
    const CodePoint next = decode_utf8(text);
    FUZZ_CHECK(next.valid && is_printable(next.value));
    text.remove_prefix(next.length);
  }
}

void check_event(const ChatEvent& event) {
  for (const std::string* text : {&event.room, &event.from, &event.target, &event.text}) {
    check_text(*text);
  }
  check_text(event.line.from);
  check_text(event.line.text);
  for (const ChatLine& line : event.lines) check_text(line.text);
  for (const ChatMember& member : event.members) check_text(member.name);
}

void talk(ChatLink& link, std::string_view stream, std::size_t columns) {
  ChatModel model({.lines = 20, .rooms = 10, .members = 50});
  link.begin();
  while (!stream.empty()) {
    const std::string_view line = stream.substr(0, stream.find('\n'));
    stream.remove_prefix(std::min(line.size() + 1, stream.size()));
    link.hear_unfinished(line.substr(0, line.size() / 2));
    link.hear(line, WallTime(std::chrono::seconds(1)));
    for (ChatEvent& event : link.take_events()) {
      clean(event);
      check_event(event);
      model.take(event);
    }
    for (const std::string& sent : link.take_lines()) {
      FUZZ_CHECK(sent.find_first_of(std::string_view("\r\n\0", 3)) == sent.npos);
    }
  }
  const InputLine input;
  const ScreenFrame frame =
      lay_out({.model = model, .input = input, .server = "s"}, {.rows = 12, .columns = columns});
  for (const ScreenRow& row : frame.rows) FUZZ_CHECK(columns_of(text_of(row)) == columns);
}

void press(std::string_view bytes) {
  KeyDecoder keys;
  InputLine line;
  for (const char byte : bytes) {
    keys.add(std::string_view(&byte, 1));
    while (const auto key = keys.next()) line.insert(key->text);
  }
  check_text(line.text());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view stream(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::size_t columns = 4 + data[0] / 2;
  if (data[0] % 2 == 0) {
    IrcLink link({.nick = "ann", .rooms = {"#lobby"}, .history = 10});
    talk(link, stream, columns);
  } else {
    LinesLink link({.nick = "ann", .rooms = {"#lobby"}});
    talk(link, stream, columns);
  }
  press(stream);
  FUZZ_CHECK(clean_text(clean_text(stream)) == clean_text(stream));
  return 0;
}
