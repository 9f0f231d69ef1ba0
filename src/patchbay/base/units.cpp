#include "patchbay/base/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <span>

#include "patchbay/base/ascii.hpp"
#include "patchbay/base/number.hpp"

namespace patchbay {
namespace {

using decimal::is_digit;
using decimal::Number;
using decimal::Problem;
using decimal::Read;
using decimal::scaled;
using decimal::take_number;
using decimal::three_digits;

constexpr std::uint64_t max_u64 = std::numeric_limits<std::uint64_t>::max();
constexpr std::uint64_t max_duration_ns = std::numeric_limits<Duration::rep>::max();

constexpr Problem is_empty = {Fault::protocol, "it is empty"};
constexpr Problem no_unit = {Fault::protocol, "the unit is missing"};
constexpr Problem unknown_unit = {Fault::protocol, "the unit is not known"};
constexpr Problem wrong_order = {Fault::protocol, "its units do not go from large to small"};
constexpr Problem inner_fraction = {Fault::protocol, "only its last part may have a fraction"};

bool is_plain_zero(const Number& number, std::string_view unit) {
  return unit.empty() && number.whole == 0 && number.fraction == 0;
}

void skip_one_space(std::string_view& text) {
  if (text.starts_with(' ')) text.remove_prefix(1);
}

// "k" is 1000, "Ki" 1024, and so on to "Ei"; "" is 1. Case does not matter: nobody means a
// thousandth of a byte by "m".
std::optional<std::uint64_t> prefix_factor(std::string_view prefix) {
  if (prefix.empty()) return 1;
  const bool binary = prefix.size() == 2 && ascii_lower(prefix[1]) == 'i';
  if (prefix.size() > 1 && !binary) return std::nullopt;
  const std::size_t power = std::string_view("kmgtpe").find(ascii_lower(prefix[0]));
  if (power == std::string_view::npos) return std::nullopt;
  std::uint64_t factor = 1;
  for (std::size_t i = 0; i <= power; ++i) factor *= binary ? 1024 : 1000;
  return factor;
}

// Reads "NUMBER[ ]UNIT" where `factor_of` knows the units.
template <class FactorOf>
Read<std::uint64_t> read_quantity(std::string_view text, FactorOf factor_of) {
  if (text.empty()) return std::unexpected(is_empty);
  const auto number = take_number(text);
  if (!number) return std::unexpected(number.error());
  if (is_plain_zero(*number, text)) return 0;
  const bool bare = text.empty();
  skip_one_space(text);
  if (text.empty() && !bare) return std::unexpected(no_unit);
  const Read<std::uint64_t> factor = factor_of(text);
  if (!factor) return std::unexpected(factor.error());
  return scaled(*number, *factor, max_u64);
}

Read<std::uint64_t> size_factor(std::string_view unit) {
  if (unit.ends_with('B') || unit.ends_with('b')) unit.remove_suffix(1);
  const auto factor = prefix_factor(unit);
  if (!factor) return std::unexpected(unknown_unit);
  return *factor;
}

struct RateWord {
  std::string_view word;
  std::uint64_t bits;
  bool case_matters;  // b is a bit and B is a byte
};

constexpr auto rate_words = std::to_array<RateWord>({
    {"bit/s", 1, false},
    {"bit", 1, false},
    {"bps", 1, true},
    {"b/s", 1, true},
    {"B/s", 8, true},
});

Read<std::uint64_t> bit_rate_factor(std::string_view unit) {
  if (unit.empty()) return std::unexpected(no_unit);
  for (const RateWord& candidate : rate_words) {
    if (unit.size() < candidate.word.size()) continue;
    const std::string_view prefix = unit.substr(0, unit.size() - candidate.word.size());
    const std::string_view word = unit.substr(prefix.size());
    const bool fits =
        candidate.case_matters ? word == candidate.word : equal_ignoring_case(word, candidate.word);
    const auto factor = fits ? prefix_factor(prefix) : std::nullopt;
    // The largest factor is 2^60, so a byte's eight bits always fit.
    if (factor) return *factor * candidate.bits;
  }
  return std::unexpected(unknown_unit);
}

struct DurationUnit {
  std::string_view name;
  std::uint64_t ns;
};

constexpr std::uint64_t us = 1'000;
constexpr std::uint64_t ms = 1'000 * us;
constexpr std::uint64_t second = 1'000 * ms;
constexpr std::uint64_t minute = 60 * second;
constexpr std::uint64_t hour = 60 * minute;
constexpr std::uint64_t day = 24 * hour;

constexpr auto duration_units = std::to_array<DurationUnit>({
    {"ns", 1},
    {"us", us},
    {"\u00b5s", us},  // the micro sign
    {"\u03bcs", us},  // the Greek letter, which keyboards give as well
    {"ms", ms},
    {"s", second},
    {"m", minute},
    {"min", minute},
    {"h", hour},
    {"d", day},
});

// Takes the unit that follows a number; the next number or a space ends it.
Read<std::uint64_t> take_duration_unit(std::string_view& text) {
  skip_one_space(text);
  const auto ends_unit = [](char c) { return is_digit(c) || c == ' '; };
  const auto end = std::ranges::find_if(text, ends_unit);
  const std::string_view name = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  if (name.empty()) return std::unexpected(no_unit);
  const auto unit = std::ranges::find(duration_units, name, &DurationUnit::name);
  if (unit == duration_units.end()) return std::unexpected(unknown_unit);
  text.remove_prefix(name.size());
  return unit->ns;
}

Read<std::uint64_t> read_duration(std::string_view text) {
  if (text.empty()) return std::unexpected(is_empty);
  std::uint64_t total = 0;
  std::uint64_t last_unit = max_u64;
  for (;;) {
    const auto number = take_number(text);
    if (!number) return std::unexpected(number.error());
    const bool is_first = last_unit == max_u64;
    if (is_first && is_plain_zero(*number, text)) return 0;
    const auto unit = take_duration_unit(text);
    if (!unit) return std::unexpected(unit.error());
    if (*unit >= last_unit) return std::unexpected(wrong_order);
    const auto part = scaled(*number, *unit, max_duration_ns - total);
    if (!part) return std::unexpected(part.error());
    total += *part;
    last_unit = *unit;
    if (text.empty()) return total;
    if (number->fraction_unit != 1) return std::unexpected(inner_fraction);
    skip_one_space(text);
  }
}

// A count per second is a fraction: `factor` events in `seconds`.
struct CountUnit {
  std::string_view word;
  double seconds;
};

constexpr auto count_units = std::to_array<CountUnit>({
    {"/s", 1},
    {"pps", 1},
    {"/min", 60},
    {"/m", 60},
    {"/h", 3600},
    {"", 1},
});

Read<double> read_count_rate(std::string_view text) {
  constexpr std::uint64_t max_count = 1'000'000'000'000'000;  // a double still holds it exactly
  if (text.empty()) return std::unexpected(is_empty);
  const auto number = take_number(text);
  if (!number) return std::unexpected(number.error());
  const bool bare = text.empty();
  skip_one_space(text);
  if (text.empty() && !bare) return std::unexpected(no_unit);
  const auto unit =
      std::ranges::find_if(count_units, [&](const CountUnit& u) { return text.ends_with(u.word); });
  const auto factor = prefix_factor(text.substr(0, text.size() - unit->word.size()));
  if (!factor) return std::unexpected(unknown_unit);
  // Bounded in whole events first; what is left of the fraction may be finer than one event.
  const auto bound = scaled({.whole = number->whole}, *factor, max_count);
  if (!bound) return std::unexpected(bound.error());
  const double part = static_cast<double>(number->fraction) * static_cast<double>(*factor) /
                      static_cast<double>(number->fraction_unit);
  return (static_cast<double>(*bound) + part) / unit->seconds;
}

Error refusal(const Problem& problem, const char* operation, const char* example,
              std::string_view text) {
  return Error(problem.fault, operation, problem.why, example).about(text);
}

struct Step {
  std::uint64_t unit;
  std::string_view name;
};

// The first step whose number stays below `limit`; the last step takes whatever comes.
std::string in_steps(std::uint64_t value, std::span<const Step> steps, std::uint64_t limit) {
  for (const Step& step : steps.first(steps.size() - 1)) {
    if (const auto text = three_digits(value, step.unit, limit))
      return fmt::format("{} {}", *text, step.name);
  }
  return fmt::format("{} {}", *three_digits(value, steps.back().unit, max_u64), steps.back().name);
}

std::uint64_t rounded_to(std::uint64_t value, std::uint64_t unit) {
  return (value + unit / 2) / unit * unit;
}

// "2 h 5 min": `large` and the unit below it, which must divide it.
std::string two_units(std::uint64_t ns, Step large, Step small) {
  const std::uint64_t rounded = rounded_to(ns, small.unit);
  const std::uint64_t rest = rounded % large.unit / small.unit;
  std::string text = fmt::format("{} {}", rounded / large.unit, large.name);
  if (rest != 0) text += fmt::format(" {} {}", rest, small.name);
  return text;
}

std::string format_ns(std::uint64_t ns) {
  constexpr auto below_second = std::to_array<Step>({{1, "ns"}, {us, "\u00b5s"}, {ms, "ms"}});
  if (ns == 0) return "0 s";
  for (const Step& step : below_second) {
    if (const auto text = three_digits(ns, step.unit, 1000))
      return fmt::format("{} {}", *text, step.name);
  }
  if (const auto text = three_digits(ns, second, 60)) return *text + " s";
  if (rounded_to(ns, second) < hour) return two_units(ns, {minute, "min"}, {second, "s"});
  if (rounded_to(ns, minute) < day) return two_units(ns, {hour, "h"}, {minute, "min"});
  return two_units(ns, {day, "d"}, {hour, "h"});
}

}  // namespace

Result<Duration> parse_duration(std::string_view text) {
  const auto ns = read_duration(text);
  if (ns) return Duration(static_cast<Duration::rep>(*ns));
  return refusal(ns.error(), "read the duration", "write it like 10s, 250ms, 1m30s or 1.5h", text);
}

std::string format_duration(Duration duration) {
  const auto ns = static_cast<std::uint64_t>(duration.count());
  // Negated as unsigned: the most negative duration has no positive twin.
  return duration.count() < 0 ? '-' + format_ns(0 - ns) : format_ns(ns);
}

Result<std::uint64_t> parse_size(std::string_view text) {
  const auto bytes = read_quantity(text, size_factor);
  if (bytes) return *bytes;
  return refusal(bytes.error(), "read the size", "write it like 4096, 64KiB, 1.5MiB or 10MB", text);
}

std::string format_size(std::uint64_t bytes) {
  constexpr auto steps = std::to_array<Step>({{1, "B"},
                                              {1ull << 10, "KiB"},
                                              {1ull << 20, "MiB"},
                                              {1ull << 30, "GiB"},
                                              {1ull << 40, "TiB"},
                                              {1ull << 50, "PiB"},
                                              {1ull << 60, "EiB"}});
  return in_steps(bytes, steps, 1024);
}

Result<std::uint64_t> parse_rate(std::string_view text) {
  const auto bits = read_quantity(text, bit_rate_factor);
  if (bits) return *bits;
  return refusal(bits.error(), "read the rate",
                 "write it like 100Mbit/s, 1.5Gbit/s, or in bytes 10MB/s", text);
}

std::string format_rate(std::uint64_t bits_per_second) {
  constexpr auto steps = std::to_array<Step>({{1, "bit/s"},
                                              {1'000, "kbit/s"},
                                              {1'000'000, "Mbit/s"},
                                              {1'000'000'000, "Gbit/s"},
                                              {1'000'000'000'000, "Tbit/s"},
                                              {1'000'000'000'000'000, "Pbit/s"},
                                              {1'000'000'000'000'000'000, "Ebit/s"}});
  return in_steps(bits_per_second, steps, 1000);
}

Result<double> parse_count_rate(std::string_view text) {
  const auto rate = read_count_rate(text);
  if (rate) return *rate;
  return refusal(rate.error(), "read the rate", "write it like 500/s, 10k/s or 30/min", text);
}

std::string format_count(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string format_count_rate(double per_second) {
  if (!(per_second > 0)) return "0/s";
  if (per_second < 0.001) {
    const double per_hour = per_second * 3600;
    return per_hour < 0.001 ? "0/s" : fmt::format("{:.3g}/h", per_hour);
  }
  constexpr double too_wide = 999.5;  // from here on three digits would round to 1000
  if (per_second < too_wide) return fmt::format("{:.3g}/s", per_second);
  for (const char prefix : {'k', 'M', 'G', 'T', 'P'}) {
    per_second /= 1000;
    if (per_second < too_wide) return fmt::format("{:.3g} {}/s", per_second, prefix);
  }
  return fmt::format("{:.0f} P/s", per_second);
}

}  // namespace patchbay
