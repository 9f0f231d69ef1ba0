#include "patchbay/tools/echo/services.hpp"

#include <fmt/chrono.h>

#include <utility>

namespace patchbay {

namespace {

constexpr std::size_t k_characters = 95;  // ' ' to '~'
constexpr std::size_t k_line = 72;
constexpr std::size_t k_round = k_characters * (k_line + 2);  // until the first line comes again
constexpr std::size_t k_rounds = 9;  // as many as fit in 64 KiB, to be sent by one call
constexpr std::uint64_t k_longest_datagram = 512;

constexpr std::uint32_t k_from_1900_to_1970 = 2'208'988'800;  // seconds; given in RFC 868

std::string make_pattern() {
  std::string pattern;
  pattern.reserve(k_round * k_rounds);
  for (std::size_t line = 0; line < k_characters * k_rounds; ++line) {
    for (std::size_t column = 0; column < k_line; ++column) {
      pattern += static_cast<char>(' ' + (line + column) % k_characters);
    }
    pattern += "\r\n";
  }
  return pattern;
}

}  // namespace

std::string_view name_of(Service service) {
  switch (service) {
    case Service::echo: return "echo";
    case Service::discard: return "discard";
    case Service::chargen: return "chargen";
    case Service::daytime: return "daytime";
    case Service::time: return "time";
  }
  std::unreachable();
}

std::string_view chargen_pattern() {
  static const std::string pattern = make_pattern();
  return pattern;
}

std::string_view chargen_datagram(std::uint64_t random_bits) {
  return chargen_pattern().substr(0, random_bits % (k_longest_datagram + 1));
}

std::string daytime_line(std::chrono::system_clock::time_point now) {
  const std::tm utc = fmt::gmtime(std::chrono::system_clock::to_time_t(now));
  return fmt::format("{:%A, %B %d, %Y %H:%M:%S}-UTC\r\n", utc);
}

std::array<std::byte, 4> time_number(std::chrono::system_clock::time_point now) {
  const auto since_1970 = std::chrono::floor<std::chrono::seconds>(now.time_since_epoch()).count();
  const std::uint32_t seconds = static_cast<std::uint32_t>(since_1970) + k_from_1900_to_1970;
  return {static_cast<std::byte>(seconds >> 24), static_cast<std::byte>(seconds >> 16),
          static_cast<std::byte>(seconds >> 8), static_cast<std::byte>(seconds)};
}

}  // namespace patchbay
