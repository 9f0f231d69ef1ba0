#include "patchbay/wire/irc_message.hpp"

#include "patchbay/base/ascii.hpp"
#include "patchbay/base/text.hpp"

namespace patchbay {

namespace {

using namespace std::string_view_literals;

constexpr std::string_view k_no_line_holds = "\0\r\n"sv;

bool fits_a_line(std::string_view text) { return text.find_first_of(k_no_line_holds) == text.npos; }

// One that stands between others: not empty, no blank, no colon in front.
bool is_middle(std::string_view text) {
  return !text.empty() && text.front() != ':' && text.find(' ') == text.npos && fits_a_line(text);
}

// Tags and sources: a blank would end them.
bool is_word(std::string_view text) { return text.find(' ') == text.npos && fits_a_line(text); }

void skip_blanks(std::string_view& rest) {
  const std::size_t begin = rest.find_first_not_of(' ');
  rest.remove_prefix(begin == rest.npos ? rest.size() : begin);
}

// Takes what stands before the next blank.
std::string_view take_word(std::string_view& rest) {
  const std::string_view word = rest.substr(0, rest.find(' '));
  rest.remove_prefix(word.size());
  return word;
}

void take_parameters(std::string_view rest, IrcMessage& message) {
  for (;;) {
    skip_blanks(rest);
    if (rest.empty()) return;
    std::string_view& parameter = message.parameters[message.count++];
    if (rest.front() == ':') {
      parameter = rest.substr(1);
      return;
    }
    if (message.count == k_irc_parameters) {
      parameter = rest;
      return;
    }
    parameter = take_word(rest);
  }
}

// What '\' and this character stand for.
constexpr char tag_escape_of(char c) {
  switch (c) {
    case ':': return ';';
    case 's': return ' ';
    case 'r': return '\r';
    case 'n': return '\n';
    default: return c;
  }
}

// The next piece of a mask.
struct MaskPiece {
  enum class Kind { text, one, any } kind;
  std::size_t length;  // of the mask
  char text;
};

MaskPiece mask_piece(std::string_view mask) {
  if (mask.front() == '*') return {MaskPiece::Kind::any, 1, 0};
  if (mask.front() == '?') return {MaskPiece::Kind::one, 1, 0};
  const bool escapes = mask.size() > 1 && mask[0] == '\\' && "*?\\"sv.contains(mask[1]);
  const std::size_t length = escapes ? 2 : 1;
  return {MaskPiece::Kind::text, length, ascii_lower(mask[length - 1])};
}

// How many bytes of `text` fit a piece that is no '*'; 0: it does not fit.
std::size_t length_of_fit(const MaskPiece& piece, std::string_view text) {
  if (text.empty()) return 0;
  if (piece.kind == MaskPiece::Kind::one) return decode_utf8(text).length;
  return ascii_lower(text.front()) == piece.text ? 1 : 0;
}

}  // namespace

bool IrcMessage::is(std::string_view wanted) const { return equal_ignoring_case(command, wanted); }

std::optional<IrcMessage> parse_irc(std::string_view line) {
  if (!fits_a_line(line)) return std::nullopt;
  IrcMessage message;
  if (line.starts_with('@')) {
    message.tags = take_word(line).substr(1);
    skip_blanks(line);
  }
  if (line.starts_with(':')) {
    message.source = take_word(line).substr(1);
    skip_blanks(line);
  }
  message.command = take_word(line);
  if (message.command.empty()) return std::nullopt;
  take_parameters(line, message);
  return message;
}

bool append_irc(std::string& out, const IrcMessage& message) {
  if (!is_word(message.tags) || !is_word(message.source)) return false;
  if (!is_middle(message.command) || message.command.front() == '@') return false;
  for (std::size_t i = 0; i + 1 < message.count; ++i) {
    if (!is_middle(message.parameters[i])) return false;
  }
  if (message.count > 0 && !fits_a_line(message.parameters[message.count - 1])) return false;

  if (!message.tags.empty()) ((out += '@') += message.tags) += ' ';
  if (!message.source.empty()) ((out += ':') += message.source) += ' ';
  out += message.command;
  for (std::size_t i = 0; i < message.count; ++i) {
    const std::string_view parameter = message.parameters[i];
    out += is_middle(parameter) ? " " : " :";
    out += parameter;
  }
  out += "\r\n";
  return true;
}

std::optional<std::string> irc_tag(std::string_view tags, std::string_view key) {
  std::optional<std::string_view> found;
  for_each_irc_tag(tags, [&](std::string_view name, std::string_view value) {
    if (name == key) found = value;
  });
  if (!found) return std::nullopt;
  return unescape_irc_tag_value(*found);
}

void append_irc_tag_value(std::string& out, std::string_view value) {
  for (const char c : value) {
    switch (c) {
      case ';': out += "\\:"; break;
      case ' ': out += "\\s"; break;
      case '\\': out += "\\\\"; break;
      case '\r': out += "\\r"; break;
      case '\n': out += "\\n"; break;
      case '\0': break;
      default: out += c;
    }
  }
}

std::string unescape_irc_tag_value(std::string_view value) {
  std::string text;
  text.reserve(value.size());
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] != '\\') {
      text += value[i];
    } else if (++i < value.size()) {
      text += tag_escape_of(value[i]);
    }
  }
  return text;
}

std::string fold_irc(std::string_view name) { return in_ascii_lower(name); }

bool same_irc_name(std::string_view a, std::string_view b) { return equal_ignoring_case(a, b); }

bool matches_irc_mask(std::string_view mask, std::string_view text) {
  // Where the last '*' stands, and what it leaves to the rest of the mask. An earlier one need not
  // be tried again: whatever it could take more, the last one can take too.
  std::optional<std::string_view> behind_star;
  std::string_view left_by_star;
  while (!text.empty() || !mask.empty()) {
    if (!mask.empty()) {
      const MaskPiece piece = mask_piece(mask);
      if (piece.kind == MaskPiece::Kind::any) {
        mask.remove_prefix(piece.length);
        behind_star = mask;
        left_by_star = text;
        continue;
      }
      if (const std::size_t length = length_of_fit(piece, text); length > 0) {
        mask.remove_prefix(piece.length);
        text.remove_prefix(length);
        continue;
      }
    }
    // The star takes one character more.
    if (!behind_star || left_by_star.empty()) return false;
    left_by_star.remove_prefix(decode_utf8(left_by_star).length);
    mask = *behind_star;
    text = left_by_star;
  }
  return true;
}

}  // namespace patchbay
