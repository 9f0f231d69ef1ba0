// The line mode of a chat: what people type into nc or telnet, and what they are shown. One line
// each, ended by a line feed.
//
//   Enter your username: ann
//   [SERVER] ann joined the chat!
//   [SERVER] Welcome to the chat!
//   [bob] good morning
//   /users
//   [SERVER] Online users: ann, bob
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay {

inline constexpr std::string_view k_chat_prompt = "Enter your username: ";  // no line feed

// --- what is typed ---

enum class ChatVerb : std::uint8_t {
  nothing,  // an empty line
  say,      // text
  act,      // /me TEXT
  tell,     // /msg USER TEXT
  users,    // /users [ROOM]
  join,     // /join ROOM [KEY]
  part,     // /part [ROOM]
  rooms,    // /rooms
  nick,     // /nick NAME: in text, as names may be typed with blanks
  topic,    // /topic [TEXT]
  history,  // /history [COUNT]
  help,     // /help
  quit,     // /quit [WHY]
  unknown,  // target: the word, without its slash
};

// Views of the line.
struct ChatInput {
  ChatVerb verb = ChatVerb::nothing;
  std::string_view target = {};  // the user or room, as it was typed; empty: none
  std::string_view text = {};    // the rest; empty: none
};

// What a line without its end means. Blanks at both ends count for nothing, case does not matter in
// commands. A text that begins with a slash is typed with two, or with a blank before it.
ChatInput parse_chat_input(std::string_view line);

// The line that is left when what was taken back by backspace (BS, DEL) and ^U (0x15) is gone.
std::string take_back(std::string_view line);

// --- what is shown ---

// A line of the chat. The text has no line end; names have no blank, bracket or '@'.
struct ChatShown {
  enum class Kind : std::uint8_t {
    notice,  // [SERVER] text
    said,    // [from] text; elsewhere than in the lobby [from@#room] text
    act,     // * from text, * from@#room text
    told,    // [from -> to] text
  };
  Kind kind = Kind::notice;
  std::string_view from = {};
  std::string_view room = {};  // with its '#'; empty: the lobby
  std::string_view to = {};
  std::string_view text = {};

  bool operator==(const ChatShown&) const = default;
};

// Appends the line with its line feed.
void append_chat_line(std::string& out, const ChatShown& shown);

// The same back, of a line without its end; nothing: it is none. Whoever says something that looks
// like another line is still told from it.
std::optional<ChatShown> parse_chat_line(std::string_view line);

}  // namespace patchbay
