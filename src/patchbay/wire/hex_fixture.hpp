// Packets in tests as documents print them: "45 00 0073 c0a80001", blanks where it reads best.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay {

inline std::vector<std::byte> from_hex(std::string_view text) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::vector<std::byte> bytes;
  bool second = false;
  for (const char digit : text) {
    const std::size_t value = digits.find(digit);
    if (value == std::string_view::npos) continue;
    if (second) {
      bytes.back() = bytes.back() << 4 | static_cast<std::byte>(value);
    } else {
      bytes.push_back(static_cast<std::byte>(value));
    }
    second = !second;
  }
  return bytes;
}

}  // namespace patchbay
