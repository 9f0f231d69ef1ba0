// ChatBenchStamp: what a line of the load carries at its end, so that whoever receives it knows
// whose it is, which of them, and when it was due.
//
// It is read millions of times a second: eighteen printable characters at a fixed distance from the
// end, a mark and two numbers of eight digits, each digit six bits.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace patchbay {

struct ChatBenchStamp {
  std::uint32_t voice = 0;     // below 2^20
  std::uint32_t sequence = 0;  // of that voice, below 2^28
  std::uint64_t due_ns = 0;    // since the load began, below 2^48: 78 hours
};

inline constexpr std::size_t k_chat_bench_stamp_bytes = 18;
inline constexpr std::uint32_t k_most_chat_bench_voices = 1U << 20;

void append_chat_bench_stamp(std::string& out, const ChatBenchStamp& stamp);

namespace detail {

inline constexpr char k_chat_bench_mark[2] = {'~', '{'};  // neither is a digit
inline constexpr char k_chat_bench_zero = '0';            // and the 63 characters behind it
inline constexpr std::size_t k_chat_bench_digits = 8;

// Eight digits, the lowest first. False: they are none.
inline bool read_chat_bench_number(const char* digits, std::uint64_t& number) {
  static_assert(std::endian::native == std::endian::little);
  std::uint64_t x;
  std::memcpy(&x, digits, sizeof x);
  x -= 0x3030303030303030;
  if ((x & 0xc0c0c0c0c0c0c0c0) != 0) return false;
  x = (x & 0x003f003f003f003f) | ((x >> 2) & 0x0fc00fc00fc00fc0);  // pairs of 12 bits
  x = (x & 0x00000fff00000fff) | ((x >> 4) & 0x00fff00000fff000);  // fours of 24
  number = (x & 0x0000000000ffffff) | ((x >> 8) & 0x0000ffffff000000);
  return true;
}

}  // namespace detail

// The stamp at the end of a line, whose own end is not part of it. False: there is none.
inline bool read_chat_bench_stamp(std::string_view line, ChatBenchStamp& stamp) {
  if (line.size() < k_chat_bench_stamp_bytes) return false;
  const char* const at = line.data() + line.size() - k_chat_bench_stamp_bytes;
  if (at[0] != detail::k_chat_bench_mark[0] || at[1] != detail::k_chat_bench_mark[1]) return false;
  std::uint64_t whose = 0;
  if (!detail::read_chat_bench_number(at + 2, whose)) return false;
  if (!detail::read_chat_bench_number(at + 2 + detail::k_chat_bench_digits, stamp.due_ns)) {
    return false;
  }
  stamp.voice = static_cast<std::uint32_t>(whose & (k_most_chat_bench_voices - 1));
  stamp.sequence = static_cast<std::uint32_t>(whose >> 20);
  return true;
}

}  // namespace patchbay
