#include "patchbay/tools/chat_client/chat_text.hpp"

#include <locale.h>
#include <wchar.h>

#include <algorithm>

#include "patchbay/base/ascii.hpp"
#include "patchbay/base/number.hpp"
#include "patchbay/base/text.hpp"

namespace patchbay::chat_client {

namespace {

constexpr char k_escape = 0x1b;
constexpr std::size_t k_most_marks = 4;
constexpr std::string_view k_ellipsis = "…";

// How long the sequence is that the escape at the beginning opens. One without an end takes all:
// better a line too short than its rest at large.
std::size_t escape_length(std::string_view text) {
  if (text.size() < 2) return text.size();
  if (text[1] == '[') {  // CSI: ends with 0x40 to 0x7e
    const auto end =
        std::find_if(text.begin() + 2, text.end(), [](char c) { return c >= 0x40 && c <= 0x7e; });
    return end == text.end() ? text.size() : static_cast<std::size_t>(end - text.begin()) + 1;
  }
  if (std::string_view("]PX^_").find(text[1]) != std::string_view::npos) {  // ends with BEL or ST
    for (std::size_t i = 2; i < text.size(); ++i) {
      if (text[i] == 0x07) return i + 1;
      if (text[i] == k_escape && i + 1 < text.size() && text[i + 1] == '\\') return i + 2;
    }
    return text.size();
  }
  return is_ascii_control(text[1]) || static_cast<unsigned char>(text[1]) >= 0x80 ? 1 : 2;
}

std::size_t digits_at(std::string_view text, std::size_t most) {
  std::size_t count = 0;
  while (count < std::min(most, text.size()) && decimal::is_digit(text[count])) ++count;
  return count;
}

// 0x03 and "12" or "12,4" behind it.
std::size_t colour_length(std::string_view text) {
  std::size_t length = 1 + digits_at(text.substr(1), 2);
  if (length > 1 && length < text.size() && text[length] == ',') {
    const std::size_t second = digits_at(text.substr(length + 1), 2);
    if (second > 0) length += 1 + second;
  }
  return length;
}

// 0x04 and "ff0000" or "ff0000,00ff00" behind it.
std::size_t hex_colour_length(std::string_view text) {
  const auto six_at = [text](std::size_t at) {
    return at + 6 <= text.size() &&
           std::ranges::all_of(text.substr(at, 6), [](char c) { return hex_digit_value(c) >= 0; });
  };
  if (!six_at(1)) return 1;
  return 7 < text.size() && text[7] == ',' && six_at(8) ? 14 : 7;
}

std::size_t control_length(std::string_view text) {
  switch (text.front()) {
    case k_escape: return escape_length(text);
    case 0x03: return colour_length(text);
    case 0x04: return hex_colour_length(text);
    default: return 1;
  }
}

// Where the next character begins that stands for itself: behind its marks.
std::size_t step(std::string_view text) {
  std::size_t length = decode_utf8(text).length;
  while (length < text.size()) {
    const CodePoint next = decode_utf8(text.substr(length));
    if (columns_of(next.value) > 0) break;
    length += next.length;
  }
  return length;
}

}  // namespace

std::string clean_text(std::string_view bytes) {
  std::string clean;
  clean.reserve(bytes.size());
  std::size_t marks = 0;
  while (!bytes.empty()) {
    if (bytes.front() == '\t') {
      clean += ' ';
      bytes.remove_prefix(1);
      continue;
    }
    if (is_ascii_control(bytes.front())) {
      bytes.remove_prefix(control_length(bytes));
      continue;
    }
    const CodePoint next = decode_utf8(bytes);
    marks = columns_of(next.value) == 0 ? marks + 1 : 0;
    if (!next.valid) {
      clean += "\uFFFD";
    } else if (is_printable(next.value) && marks <= k_most_marks) {
      clean += bytes.substr(0, next.length);
    }
    bytes.remove_prefix(next.length);
  }
  return clean;
}

std::size_t columns_of(char32_t character) {
  if (character >= 0x20 && character < 0x7f) return 1;
  // Without the table of a UTF-8 locale wcwidth() knows ASCII only.
  static const locale_t utf8 = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  if (utf8 == nullptr) return 1;
  const locale_t before = ::uselocale(utf8);
  const int columns = ::wcwidth(static_cast<wchar_t>(character));
  ::uselocale(before);
  return columns < 0 ? 0 : static_cast<std::size_t>(columns);
}

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const CodePoint next = decode_utf8(text);
    columns += columns_of(next.value);
    text.remove_prefix(next.length);
  }
  return columns;
}

std::string_view fitting(std::string_view text, std::size_t columns) {
  std::size_t end = 0;
  while (end < text.size()) {
    const std::size_t length = step(text.substr(end));
    const std::size_t needed = columns_of(text.substr(end, length));
    if (needed > columns) break;
    columns -= needed;
    end += length;
  }
  return text.substr(0, end);
}

std::string in_columns(std::string_view text, std::size_t columns) {
  if (columns == 0) return {};
  std::string shown(fitting(text, columns));
  if (shown.size() < text.size()) {
    shown = fitting(text, columns - 1);
    shown += k_ellipsis;
  }
  shown.append(columns - columns_of(shown), ' ');
  return shown;
}

std::vector<std::string_view> wrap(std::string_view text, std::size_t first, std::size_t others) {
  std::vector<std::string_view> rows;
  std::size_t columns = std::max<std::size_t>(first, 1);
  for (;;) {
    std::string_view row = fitting(text, columns);
    // A character wider than the row, rather than none for ever.
    if (row.empty() && !text.empty()) row = text.substr(0, step(text));
    if (row.size() == text.size()) {
      rows.push_back(row);
      return rows;
    }
    std::size_t taken = row.size();
    if (text[taken] == ' ') {
      ++taken;
    } else if (const std::size_t blank = row.rfind(' ');
               blank != std::string_view::npos && blank > 0) {
      row = row.substr(0, blank);
      taken = blank + 1;
    }
    rows.push_back(row);
    text.remove_prefix(taken);
    columns = std::max<std::size_t>(others, 1);
  }
}

std::vector<std::string_view> split_text(std::string_view text, std::size_t limit) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    std::string_view piece = utf8_prefix(text, std::max<std::size_t>(limit, 4));
    std::size_t taken = piece.size();
    if (taken < text.size()) {
      const std::size_t blank = text.substr(0, taken + 1).rfind(' ');
      if (blank != std::string_view::npos && blank > taken / 2) {
        piece = piece.substr(0, blank);
        taken = blank + 1;
      }
    }
    pieces.push_back(piece);
    text.remove_prefix(taken);
  }
  return pieces;
}

}  // namespace patchbay::chat_client
