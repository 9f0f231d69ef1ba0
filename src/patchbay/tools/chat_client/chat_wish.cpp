#include "patchbay/tools/chat_client/chat_wish.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "patchbay/base/ascii.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/tools/suggest.hpp"

namespace patchbay::chat_client {

namespace {

using Kind = ChatWish::Kind;

constexpr std::size_t k_history_lines = 50;
constexpr std::size_t k_most_history_lines = 1000;

struct Known {
  ChatCommand command;
  Kind kind;
  std::string_view other_name = {};
};

constexpr Known k_known[] = {
    {{"join", "ROOM [KEY]", "go into a room"}, Kind::join, "j"},
    {{"part", "[ROOM] [WHY]", "leave it"}, Kind::part, "leave"},
    {{"nick", "NAME", "take another name"}, Kind::nick},
    {{"msg", "NAME TEXT", "tell it to one user alone"}, Kind::message, "query"},
    {{"me", "TEXT", "say what you do"}, Kind::action},
    {{"topic", "[TEXT]", "show or set what the room is about"}, Kind::topic},
    {{"names", "[ROOM]", "who is in the room"}, Kind::names, "users"},
    {{"who", "[ROOM|NAME]", "the same with what is known of them"}, Kind::who},
    {{"rooms", "", "which rooms there are"}, Kind::rooms, "list"},
    {{"history", "[LINES]", "older lines of the room"}, Kind::history},
    {{"search", "WORDS", "the last line here that has them; again: the one before"}, Kind::search},
    {{"help", "", "this list"}, Kind::help},
    {{"quit", "[WHY]", "leave the chat"}, Kind::quit, "exit"},
};

constexpr auto k_commands = [] {
  std::array<ChatCommand, std::size(k_known)> commands;
  std::ranges::transform(k_known, commands.begin(), &Known::command);
  return commands;
}();

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(' ');
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') + 1 - begin);
}

// Takes the first word off the front.
std::string_view take_word(std::string_view& text) {
  text = trimmed(text);
  const std::string_view word = text.substr(0, text.find(' '));
  text = trimmed(text.substr(word.size()));
  return word;
}

std::unexpected<Failure> refuse(std::string what, std::string why, std::string remedy) {
  return std::unexpected(Failure(std::move(what), std::move(why), std::move(remedy)));
}

const Known* find_command(std::string_view name) {
  const auto* const found = std::ranges::find_if(k_known, [name](const Known& known) {
    return equal_ignoring_case(known.command.name, name) ||
           (!known.other_name.empty() && equal_ignoring_case(known.other_name, name));
  });
  return found == std::end(k_known) ? nullptr : found;
}

std::unexpected<Failure> no_such_command(std::string_view name) {
  std::vector<std::string> names;
  for (const ChatCommand& command : k_commands) names.emplace_back(command.name);
  const std::string near = nearest(in_ascii_lower(name), names);
  return refuse(fmt::format("there is no command /{}", escape_terminal(name)),
                near.empty() ? std::string() : fmt::format("did you mean /{}?", near),
                "/help lists them; a line that begins with // is said with one slash");
}

// True: it needs words, and there are none.
bool lacks_words(const ChatWish& wish) {
  switch (wish.kind) {
    case Kind::join: return wish.room.empty();
    case Kind::nick: return wish.target.empty();
    case Kind::message: return wish.target.empty() || wish.text.empty();
    case Kind::action:
    case Kind::search: return wish.text.empty();
    default: return false;
  }
}

std::size_t history_lines(std::string_view word) {
  std::size_t lines = 0;
  const auto read = std::from_chars(word.data(), word.data() + word.size(), lines);
  if (read.ec != std::errc{} || lines == 0) return k_history_lines;
  return std::min(lines, k_most_history_lines);
}

ChatWish read_arguments(Kind kind, std::string_view rest, std::string_view room) {
  ChatWish wish{.kind = kind, .room = std::string(room)};
  switch (kind) {
    case Kind::join:
      wish.room = take_word(rest);
      if (!wish.room.empty() && !is_room_name(wish.room)) wish.room.insert(0, 1, '#');
      wish.text = rest;
      break;
    case Kind::part:
    case Kind::names:
      if (is_room_name(rest)) wish.room = take_word(rest);
      wish.text = rest;
      break;
    case Kind::nick: wish.target = take_word(rest); break;
    case Kind::message:
      wish.target = take_word(rest);
      wish.text = rest;
      break;
    case Kind::who:
      wish.target = take_word(rest);
      if (wish.target.empty()) wish.target = room;
      break;
    case Kind::history: wish.count = history_lines(take_word(rest)); break;
    default: wish.text = rest; break;
  }
  return wish;
}

}  // namespace

bool is_room_name(std::string_view name) {
  return !name.empty() && std::string_view("#&+!").find(name.front()) != std::string_view::npos;
}

std::span<const ChatCommand> chat_commands() { return k_commands; }

ChatWish say_in(std::string_view room, std::string_view text) {
  return {.kind = text.empty() ? Kind::nothing : Kind::say,
          .room = std::string(room),
          .text = std::string(text)};
}

std::expected<ChatWish, Failure> read_wish(std::string_view typed, std::string_view room) {
  if (trimmed(typed).empty()) return ChatWish{};
  if (typed.starts_with("//")) return say_in(room, typed.substr(1));
  if (!typed.starts_with('/')) return say_in(room, typed);
  std::string_view rest = typed.substr(1);
  const std::string_view name = rest.substr(0, rest.find(' '));
  rest = trimmed(rest.substr(name.size()));
  const Known* const known = find_command(name);
  if (known == nullptr) return no_such_command(name);
  ChatWish wish = read_arguments(known->kind, rest, room);
  if (!lacks_words(wish)) return wish;
  const ChatCommand& command = known->command;
  return refuse(fmt::format("/{} needs more words", command.name), "",
                fmt::format("/{} {}", command.name, command.arguments));
}

}  // namespace patchbay::chat_client
