// ChatWish: what a user wants, as it is typed: a line for the room, or a command such as /join.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "patchbay/tools/outcome.hpp"

namespace patchbay::chat_client {

struct ChatWish {
  enum class Kind : std::uint8_t {
    nothing,  // an empty line
    say,      // room, text
    action,   // room, text
    message,  // target: a user, text
    join,     // room, text: its key
    part,     // room, text: why
    nick,     // target: the new name
    topic,    // room, text; empty: what is it?
    names,    // room
    who,      // target: a room or a user
    rooms,    // which are there?
    history,  // room, count, before: an id or a time, or empty for the latest
    search,   // text; in what is here
    help,
    quit,  // text: why
  };

  Kind kind = Kind::nothing;
  std::string room = {};
  std::string target = {};
  std::string text = {};
  std::size_t count = 0;
  std::string before_id = {};
  std::string before_time = {};  // RFC 3339 with milliseconds
};

// A room's name begins with one of "#&+!" (RFC 2811 section 2.1), and no user's does.
bool is_room_name(std::string_view name);

// A command as the help shows it.
struct ChatCommand {
  std::string_view name;       // "join"
  std::string_view arguments;  // "ROOM [KEY]"
  std::string_view about;
};
std::span<const ChatCommand> chat_commands();

// What was typed in `room`. A line that begins with "//" says the rest with one slash. The words of
// a failure are fit for a terminal.
std::expected<ChatWish, Failure> read_wish(std::string_view typed, std::string_view room);

// A line for `room`, whatever it begins with.
ChatWish say_in(std::string_view room, std::string_view text);

}  // namespace patchbay::chat_client
