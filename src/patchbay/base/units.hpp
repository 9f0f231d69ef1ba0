// Quantities as people write and read them: durations, sizes, bit rates and counts per second.
//
// Numbers are decimal, without sign or exponent, with an optional fraction ("1.5"); one space may
// stand before the unit. Values are computed exactly and rounded to the nearest nanosecond, byte or
// bit; what is not zero but would round to zero is refused, since zero often means "no limit".
//
// Faults: `protocol` for text that is no quantity, `limit` for one out of range. The error carries
// the text, what is wrong with it, and examples of what is right.
//
// The format_ functions write for people: three significant digits, no trailing zeros, a space
// before the unit. What they write, with or without its spaces, the parser reads back, within half
// of the last digit shown; only at the very end of a range can rounding up leave it ("16 EiB" is
// 2^64, one byte too many).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "patchbay/base/result.hpp"
#include "patchbay/base/time.hpp"

namespace patchbay {

// "10s", "250ms", "1.5h", "1m30s", "2 h 5 min", "100us", "0". Units: ns, us or µs, ms, s, m or min,
// h, d. Several parts go from large to small, and only the last may have a fraction. Only "0" needs
// no unit. The range is 0 to about 292 years.
Result<Duration> parse_duration(std::string_view text);

// "340 ns", "12.5 µs", "1.5 s" below a minute; above it two units, "1 min 30 s", "2 h 5 min",
// "3 d 4 h". A negative duration has a "-" in front, which parse_duration refuses.
std::string format_duration(Duration duration);

// Bytes: "4096", "10k" and "10KB" (decimal, 10,000), "64Ki" and "64KiB" (binary, 65,536), "1.5MiB",
// up to E and Ei. Case does not matter. The range is 0 to 2^64 - 1.
Result<std::uint64_t> parse_size(std::string_view text);

// IEC units, as memory and buffers are counted: "512 B", "64 KiB", "1.5 MiB".
std::string format_size(std::uint64_t bytes);

// Bits per second: "100Mbit/s", "1.5Gbit/s", "56kbps", "100mbit"; bytes are told by their capital
// B: "10MB/s" and "10MiB/s" are 80,000,000 and 83,886,080 bit/s, "10Mb/s" is 10,000,000. A unit is
// needed, because tools differ about what a bare "100M" is; only "0" goes without.
Result<std::uint64_t> parse_rate(std::string_view text);

// Decimal units, as links are counted: "943 Mbit/s", "1.5 Gbit/s".
std::string format_rate(std::uint64_t bits_per_second);

// Events per second (packets, requests, connections): "10k/s", "1.5M/s", "500", "30/min", "1/h",
// "20kpps". The range is 0 to 10^15 per second.
Result<double> parse_count_rate(std::string_view text);

// "1 connection", "0 connections", "64 connections". `noun` takes an s in the plural.
std::string format_count(std::uint64_t count, std::string_view noun);

// "10 k/s", "1.25 M/s", "0.5/s"; below one in a thousand seconds "1.5/h". Takes 0 to 10^15.
std::string format_count_rate(double per_second);

}  // namespace patchbay
