#include "patchbay/base/number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace patchbay::decimal {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr Problem is_negative = {Fault::protocol, "it is negative"};
constexpr Problem no_number = {Fault::protocol, "a number is missing"};
constexpr Problem no_fraction = {Fault::protocol, "no digit follows the decimal point"};
constexpr Problem too_large = {Fault::limit, "it is too large"};
constexpr Problem too_small = {Fault::limit, "it is too small to be told from zero"};
constexpr Problem too_fine = {Fault::limit, "its fraction has more than 18 digits"};

constexpr std::size_t max_fraction_digits = 18;

std::string_view take_digits(std::string_view& text) {
  const auto end = std::ranges::find_if_not(text, is_digit);
  const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(digits.size());
  return digits;
}

// The value of decimal digits, or nothing when it exceeds 64 bits.
std::optional<std::uint64_t> value_of(std::string_view digits) {
  Wide value = 0;
  for (const char digit : digits) {
    value = value * 10 + static_cast<Wide>(digit - '0');
    if (value > std::numeric_limits<std::uint64_t>::max()) return std::nullopt;
  }
  return static_cast<std::uint64_t>(value);
}

}  // namespace

Read<Number> take_number(std::string_view& text) {
  if (text.starts_with('-')) return std::unexpected(is_negative);
  const std::string_view whole_digits = take_digits(text);
  if (whole_digits.empty()) return std::unexpected(no_number);
  const auto whole = value_of(whole_digits);
  if (!whole) return std::unexpected(too_large);

  Number number{.whole = *whole};
  if (!text.starts_with('.')) return number;
  text.remove_prefix(1);
  const std::string_view digits = take_digits(text);
  if (digits.empty()) return std::unexpected(no_fraction);
  if (digits.size() > max_fraction_digits) return std::unexpected(too_fine);
  number.fraction = *value_of(digits);
  for (std::size_t i = 0; i < digits.size(); ++i) number.fraction_unit *= 10;
  return number;
}

Read<std::uint64_t> scaled(const Number& number, std::uint64_t unit, std::uint64_t maximum) {
  // Below 10^18 × 2^63 and 2^64 × 2^63: neither term can overflow 128 bits.
  const Wide fraction = Wide{number.fraction} * unit + number.fraction_unit / 2;
  const Wide value = Wide{number.whole} * unit + fraction / number.fraction_unit;
  if (value > maximum) return std::unexpected(too_large);
  if (value == 0 && number.fraction != 0) return std::unexpected(too_small);
  return static_cast<std::uint64_t>(value);
}

std::optional<std::string> three_digits(std::uint64_t value, std::uint64_t unit,
                                        std::uint64_t limit) {
  const std::uint64_t whole = value / unit;
  const int decimals = unit == 1 || whole >= 100 ? 0 : whole >= 10 ? 1 : 2;
  const std::uint64_t scale = decimals == 2 ? 100 : decimals == 1 ? 10 : 1;
  const auto rounded = static_cast<std::uint64_t>((Wide{value} * scale + unit / 2) / unit);
  if (rounded / scale >= limit) return std::nullopt;
  if (rounded % scale == 0) return fmt::format("{}", rounded / scale);
  std::string text = fmt::format("{}.{:0{}}", rounded / scale, rounded % scale, decimals);
  while (text.ends_with('0')) text.pop_back();
  return text;
}

}  // namespace patchbay::decimal
