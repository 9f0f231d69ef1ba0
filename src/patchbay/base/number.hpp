// Decimal numbers, read and written exactly: no floating point stands between text and value.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "patchbay/base/error.hpp"

namespace patchbay::decimal {

// Why a text is refused. The sentences are literals because an Error owns no memory.
struct Problem {
  Fault fault;
  const char* why;
};

template <class T>
using Read = std::expected<T, Problem>;

// A number with an optional fraction, as it was written: 1.50 is 1 and 50/100.
struct Number {
  std::uint64_t whole = 0;
  std::uint64_t fraction = 0;
  std::uint64_t fraction_unit = 1;  // a power of ten, at most 10^18; 1 when there is no fraction
};

// Takes "12" or "1.5" off the front of `text`, leaving whatever follows. Signs, exponents, and a
// point without digits on both sides are refused; so are more than 18 digits of fraction.
Read<Number> take_number(std::string_view& text);

// number × unit, rounded to the nearest whole. Refused above `maximum`, and when a number that is
// not zero would become zero. `unit` is at most 2^63.
Read<std::uint64_t> scaled(const Number& number, std::uint64_t unit, std::uint64_t maximum);

// value / unit for a reader: three significant digits, but always all before the point, and no
// trailing zeros. Nothing when that reaches `limit`, where the next larger unit takes over.
std::optional<std::string> three_digits(std::uint64_t value, std::uint64_t unit,
                                        std::uint64_t limit);

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

}  // namespace patchbay::decimal
