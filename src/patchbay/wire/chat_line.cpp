#include "patchbay/wire/chat_line.hpp"

#include <algorithm>
#include <array>

#include "patchbay/base/ascii.hpp"

namespace patchbay {

namespace {

constexpr std::string_view k_blanks = " \t\r";

// What stands behind a command's word.
enum class Behind : std::uint8_t { text, target };

struct TypedCommand {
  std::string_view word;
  ChatVerb verb;
  Behind behind;
};

constexpr auto k_commands = std::to_array<TypedCommand>({
    {"?", ChatVerb::help, Behind::text},
    {"help", ChatVerb::help, Behind::text},
    {"history", ChatVerb::history, Behind::text},
    {"join", ChatVerb::join, Behind::target},
    {"leave", ChatVerb::part, Behind::target},
    {"list", ChatVerb::rooms, Behind::text},
    {"me", ChatVerb::act, Behind::text},
    {"msg", ChatVerb::tell, Behind::target},
    {"names", ChatVerb::users, Behind::target},
    {"nick", ChatVerb::nick, Behind::text},
    {"part", ChatVerb::part, Behind::target},
    {"quit", ChatVerb::quit, Behind::text},
    {"rooms", ChatVerb::rooms, Behind::text},
    {"topic", ChatVerb::topic, Behind::text},
    {"users", ChatVerb::users, Behind::target},
});

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(k_blanks);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(k_blanks) + 1 - begin);
}

// Takes the first word off the front, and the blanks behind it.
std::string_view take_word(std::string_view& rest) {
  const std::string_view word = rest.substr(0, rest.find_first_of(k_blanks));
  rest = trimmed(rest.substr(word.size()));
  return word;
}

ChatInput parse_command(std::string_view rest) {
  const std::string_view word = take_word(rest);
  const auto found = std::ranges::find_if(k_commands, [word](const TypedCommand& command) {
    return equal_ignoring_case(command.word, word);
  });
  if (found == k_commands.end()) return {.verb = ChatVerb::unknown, .target = word, .text = rest};
  if (found->behind == Behind::text) return {.verb = found->verb, .text = rest};
  const std::string_view target = take_word(rest);
  return {.verb = found->verb, .target = target, .text = rest};
}

void remove_last_character(std::string& text) {
  while (!text.empty()) {
    const auto byte = static_cast<unsigned char>(text.back());
    text.pop_back();
    if ((byte & 0xc0) != 0x80) return;  // the first byte of a character
  }
}

constexpr std::string_view k_taking_back = "\x08\x7f\x15";

// --- what is shown ---

constexpr std::string_view k_server = "SERVER";
constexpr std::string_view k_arrow = " -> ";

void append_from(std::string& out, const ChatShown& shown) {
  out += shown.from;
  if (shown.room.empty()) return;
  (out += '@') += shown.room;
}

// "ann", or "ann@#room".
bool parse_from(std::string_view who, ChatShown& shown) {
  shown.from = who.substr(0, who.find('@'));
  if (shown.from.empty()) return false;
  if (shown.from.size() == who.size()) return true;
  shown.room = who.substr(shown.from.size() + 1);
  return !shown.room.empty();
}

bool parse_told(std::string_view who, std::size_t arrow, ChatShown& shown) {
  shown.kind = ChatShown::Kind::told;
  shown.from = who.substr(0, arrow);
  shown.to = who.substr(arrow + k_arrow.size());
  return !shown.from.empty() && !shown.to.empty();
}

bool parse_act(std::string_view line, ChatShown& shown) {
  const std::size_t end = line.find(' ');
  if (end == line.npos) return false;
  shown.kind = ChatShown::Kind::act;
  shown.text = line.substr(end + 1);
  return parse_from(line.substr(0, end), shown);
}

bool parse_bracket(std::string_view line, ChatShown& shown) {
  const std::size_t end = line.find("] ");
  if (end == line.npos) return false;
  const std::string_view who = line.substr(0, end);
  shown.text = line.substr(end + 2);
  if (who == k_server) return true;
  if (const std::size_t arrow = who.find(k_arrow); arrow != who.npos) {
    return parse_told(who, arrow, shown);
  }
  shown.kind = ChatShown::Kind::said;
  return parse_from(who, shown);
}

}  // namespace

ChatInput parse_chat_input(std::string_view line) {
  const std::string_view text = trimmed(line);
  if (text.empty()) return {};
  if (!line.starts_with('/')) return {.verb = ChatVerb::say, .text = text};
  if (text.starts_with("//")) return {.verb = ChatVerb::say, .text = text.substr(1)};
  return parse_command(text.substr(1));
}

std::string take_back(std::string_view line) {
  if (line.find_first_of(k_taking_back) == line.npos) return std::string(line);
  std::string left;
  for (const char c : line) {
    if (!k_taking_back.contains(c)) {
      left += c;
    } else if (c == '\x15') {
      left.clear();
    } else {
      remove_last_character(left);
    }
  }
  return left;
}

void append_chat_line(std::string& out, const ChatShown& shown) {
  switch (shown.kind) {
    case ChatShown::Kind::notice: ((out += '[') += k_server) += "] "; break;
    case ChatShown::Kind::said:
      out += '[';
      append_from(out, shown);
      out += "] ";
      break;
    case ChatShown::Kind::act:
      out += "* ";
      append_from(out, shown);
      out += ' ';
      break;
    case ChatShown::Kind::told:
      ((((out += '[') += shown.from) += k_arrow) += shown.to) += "] ";
      break;
  }
  (out += shown.text) += '\n';
}

std::optional<ChatShown> parse_chat_line(std::string_view line) {
  ChatShown shown;
  const bool is_one = line.starts_with("* ")  ? parse_act(line.substr(2), shown)
                      : line.starts_with('[') ? parse_bracket(line.substr(1), shown)
                                              : false;
  if (!is_one) return std::nullopt;
  return shown;
}

}  // namespace patchbay
