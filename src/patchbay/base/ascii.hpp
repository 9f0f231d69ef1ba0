// What a character is in ASCII, whatever the locale says. Bytes from 0x80 on are none of these.
#pragma once

#include <string>
#include <string_view>

namespace patchbay {

// 0x00 to 0x1f, and DEL.
constexpr bool is_ascii_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7f;
}

// 0x21 to 0x7e: no blank (VCHAR of RFC 5234).
constexpr bool is_ascii_visible(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte < 0x7f;
}

// A to Z small; all others as they are.
constexpr char ascii_lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string in_ascii_lower(std::string_view text);

bool equal_ignoring_case(std::string_view a, std::string_view b);

// 0 to 15, or -1 for what is no hexadecimal digit.
constexpr int hex_digit_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char letter = ascii_lower(c);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

}  // namespace patchbay
