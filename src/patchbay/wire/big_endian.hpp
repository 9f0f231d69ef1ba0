// Numbers in network order: the first byte is the most significant one (RFC 1700).
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace patchbay {

static_assert(std::endian::native == std::endian::little);

// `at` and what is read or written there lie within `bytes`: callers have looked at its size.

inline std::uint8_t get8(std::span<const std::byte> bytes, std::size_t at) {
  return std::to_integer<std::uint8_t>(bytes[at]);
}

inline std::uint16_t get16(std::span<const std::byte> bytes, std::size_t at) {
  std::uint16_t value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return __builtin_bswap16(value);
}

inline std::uint32_t get32(std::span<const std::byte> bytes, std::size_t at) {
  std::uint32_t value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return __builtin_bswap32(value);
}

inline void set8(std::span<std::byte> bytes, std::size_t at, unsigned value) {
  bytes[at] = static_cast<std::byte>(value);
}

inline void set16(std::span<std::byte> bytes, std::size_t at, std::uint16_t value) {
  value = __builtin_bswap16(value);
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

inline void set32(std::span<std::byte> bytes, std::size_t at, std::uint32_t value) {
  value = __builtin_bswap32(value);
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

}  // namespace patchbay
