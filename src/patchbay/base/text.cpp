#include "patchbay/base/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace patchbay {
namespace {

constexpr char32_t replacement = 0xfffd;
constexpr std::string_view replacement_utf8 = "\xef\xbf\xbd";

constexpr std::uint8_t byte_at(std::string_view text, std::size_t index) {
  return static_cast<std::uint8_t>(text[index]);
}

constexpr bool is_printable_ascii(char c) { return c >= 0x20 && c < 0x7f; }

struct Range {
  char32_t first;
  char32_t last;
};

// Sorted, for a binary search. Controls, everything of zero width that is no combining mark
// (Unicode calls it default-ignorable), separators, annotation marks, and surrogates, which are no
// characters. The noncharacters at the end of each plane are found by arithmetic.
constexpr auto hidden = std::to_array<Range>({
    {0x0000, 0x001f},    // C0 controls
    {0x007f, 0x009f},    // DEL and C1 controls
    {0x00ad, 0x00ad},    // soft hyphen
    {0x034f, 0x034f},    // combining grapheme joiner
    {0x061c, 0x061c},    // Arabic letter mark
    {0x115f, 0x1160},    // Hangul fillers
    {0x17b4, 0x17b5},    // Khmer inherent vowels
    {0x180b, 0x180f},    // Mongolian selectors
    {0x200b, 0x200f},    // zero-width space and joiners, direction marks
    {0x2028, 0x202e},    // line and paragraph separators, bidirectional overrides
    {0x2060, 0x206f},    // word joiner, invisible operators, bidirectional isolates
    {0x3164, 0x3164},    // Hangul filler
    {0xd800, 0xdfff},    // surrogates
    {0xfdd0, 0xfdef},    // noncharacters
    {0xfe00, 0xfe0f},    // variation selectors
    {0xfeff, 0xfeff},    // byte order mark
    {0xffa0, 0xffa0},    // halfwidth Hangul filler
    {0xfff0, 0xfffb},    // unassigned ignorables, interlinear annotation
    {0x1bca0, 0x1bca3},  // shorthand format controls
    {0x1d173, 0x1d17a},  // musical format controls
    {0xe0000, 0xe0fff},  // tags, variation selectors supplement
});

// What a first byte promises: the length of its sequence and the range of the second byte, which is
// where overlong forms, surrogates and values above U+10FFFF are excluded (RFC 3629 section 4).
struct Lead {
  std::size_t length = 0;  // 0: no sequence begins like this
  std::uint8_t second_min = 0x80;
  std::uint8_t second_max = 0xbf;
};

constexpr Lead lead_of(std::uint8_t byte) {
  if (byte < 0x80) return {.length = 1};
  if (byte < 0xc2) return {};
  if (byte < 0xe0) return {.length = 2};
  if (byte == 0xe0) return {.length = 3, .second_min = 0xa0};
  if (byte == 0xed) return {.length = 3, .second_max = 0x9f};
  if (byte < 0xf0) return {.length = 3};
  if (byte == 0xf0) return {.length = 4, .second_min = 0x90};
  if (byte < 0xf4) return {.length = 4};
  if (byte == 0xf4) return {.length = 4, .second_max = 0x8f};
  return {};
}

std::size_t printable_ascii_run(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_printable_ascii);
  return static_cast<std::size_t>(end - text.begin());
}

std::size_t plain_in_json_run(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), [](char c) {
    return is_printable_ascii(c) && c != '"' && c != '\\';
  });
  return static_cast<std::size_t>(end - text.begin());
}

void append_terminal_escape(std::string& out, const CodePoint& point, std::string_view raw) {
  if (!point.valid) {
    for (std::size_t i = 0; i < raw.size(); ++i) {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte_at(raw, i));
    }
    return;
  }
  switch (point.value) {
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  const auto number = static_cast<std::uint32_t>(point.value);
  if (number < 0x80) {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", number);
  } else {
    fmt::format_to(std::back_inserter(out), "\\u{{{:x}}}", number);
  }
}

void append_json_escape(std::string& out, char32_t value) {
  switch (value) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  auto number = static_cast<std::uint32_t>(value);
  if (number >= 0x10000) {  // JSON knows only UTF-16: two surrogates
    number -= 0x10000;
    fmt::format_to(std::back_inserter(out), "\\u{:04x}", 0xd800 + (number >> 10));
    number = 0xdc00 + (number & 0x3ff);
  }
  fmt::format_to(std::back_inserter(out), "\\u{:04x}", number);
}

}  // namespace

CodePoint decode_utf8(std::string_view text) {
  if (text.empty()) return {};
  const std::uint8_t first = byte_at(text, 0);
  const Lead lead = lead_of(first);
  if (lead.length == 1) return {first, 1, true};
  if (lead.length == 0) return {replacement, 1, false};

  auto value = static_cast<char32_t>(first & (0x7f >> lead.length));
  for (std::size_t i = 1; i < lead.length; ++i) {
    if (i == text.size()) return {replacement, i, false};
    const std::uint8_t next = byte_at(text, i);
    const std::uint8_t low = i == 1 ? lead.second_min : std::uint8_t{0x80};
    const std::uint8_t high = i == 1 ? lead.second_max : std::uint8_t{0xbf};
    if (next < low || next > high) return {replacement, i, false};
    value = (value << 6) | static_cast<char32_t>(next & 0x3f);
  }
  return {value, lead.length, true};
}

bool is_valid_utf8(std::string_view text) {
  while (!text.empty()) {
    text.remove_prefix(printable_ascii_run(text));
    if (text.empty()) return true;
    const CodePoint point = decode_utf8(text);
    if (!point.valid) return false;
    text.remove_prefix(point.length);
  }
  return true;
}

std::string to_valid_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const CodePoint point = decode_utf8(bytes);
    out += point.valid ? bytes.substr(0, point.length) : replacement_utf8;
    bytes.remove_prefix(point.length);
  }
  return out;
}

std::size_t unfinished_utf8(std::string_view text) {
  for (std::size_t back = 1; back <= 3 && back <= text.size(); ++back) {
    const std::string_view tail = text.substr(text.size() - back);
    const CodePoint point = decode_utf8(tail);
    const bool has_begun = lead_of(byte_at(tail, 0)).length > back;
    if (has_begun && !point.valid && point.length == back) return back;
  }
  return 0;
}

std::string_view utf8_prefix(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) return text;
  const std::string_view head = text.substr(0, limit);
  return head.substr(0, head.size() - unfinished_utf8(head));
}

bool is_printable(char32_t value) {
  if (value > 0x10ffff || (value & 0xfffe) == 0xfffe) return false;
  const auto range = std::ranges::lower_bound(hidden, value, {}, &Range::last);
  return range == hidden.end() || value < range->first;
}

std::string escape_terminal(std::string_view bytes, TerminalEscape options) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t run = printable_ascii_run(bytes);
    out += bytes.substr(0, run);
    bytes.remove_prefix(run);
    if (bytes.empty()) break;

    const CodePoint point = decode_utf8(bytes);
    const std::string_view raw = bytes.substr(0, point.length);
    bytes.remove_prefix(point.length);
    const bool wanted =
        (options.newline && point.value == '\n') || (options.tab && point.value == '\t');
    if (point.valid && (wanted || is_printable(point.value))) {
      out += raw;
    } else {
      append_terminal_escape(out, point, raw);
    }
  }
  return out;
}

std::string escape_json(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t run = plain_in_json_run(bytes);
    out += bytes.substr(0, run);
    bytes.remove_prefix(run);
    if (bytes.empty()) break;

    const CodePoint point = decode_utf8(bytes);
    const std::string_view raw = bytes.substr(0, point.length);
    bytes.remove_prefix(point.length);
    if (!point.valid) {
      out += replacement_utf8;
    } else if (is_printable(point.value) && point.value != '"' && point.value != '\\') {
      out += raw;
    } else {
      append_json_escape(out, point.value);
    }
  }
  return out;
}

std::string json_string(std::string_view bytes) { return '"' + escape_json(bytes) + '"'; }

}  // namespace patchbay
