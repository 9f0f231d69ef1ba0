// The small services of RFC 862 to 868: what each of them says.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace patchbay {

enum class Service : std::uint8_t {
  echo,     // RFC 862: what came goes back
  discard,  // RFC 863: what came is thrown away
  chargen,  // RFC 864: characters without end
  daytime,  // RFC 867: the time, for people
  time,     // RFC 868: the time, as a number
};

std::string_view name_of(Service service);

// The pattern that RFC 864 suggests: lines of 72 of the 95 printable characters, each beginning one
// character later than the one before, ended by CR LF. What is returned repeats seamlessly.
std::string_view chargen_pattern();

// One datagram of RFC 864: 0 to 512 characters of the pattern; `random_bits` choose how many.
std::string_view chargen_datagram(std::uint64_t random_bits);

// RFC 867 leaves the form open; this is its first example's, in UTC, with CR LF:
// "Tuesday, February 22, 2022 17:37:43-UTC".
std::string daytime_line(std::chrono::system_clock::time_point now);

// RFC 868: seconds since 1900-01-01 in UTC, 32 bits, big endian. They wrap around on 2036-02-07.
std::array<std::byte, 4> time_number(std::chrono::system_clock::time_point now);

}  // namespace patchbay
