// What a character is in ASCII, whatever the locale says. Bytes from 0x80 on are none of these.
#pragma once

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

}  // namespace patchbay
