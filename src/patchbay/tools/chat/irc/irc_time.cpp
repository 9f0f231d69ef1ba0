#include "patchbay/tools/chat/irc/irc_time.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "patchbay/base/number.hpp"

namespace patchbay {

namespace {

namespace chrono = std::chrono;

// Takes so many digits and what stands behind them off the front. Nothing: they are not there.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t count, char behind) {
  if (text.size() <= count || text[count] != behind) return std::nullopt;
  unsigned value = 0;
  for (const char c : text.substr(0, count)) {
    if (!decimal::is_digit(c)) return std::nullopt;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  text.remove_prefix(count + 1);
  return value;
}

// What stands between a second and the end: "Z", or as "123Z" after a point.
std::optional<chrono::microseconds> fraction_of(std::string_view text) {
  if (text.size() < 2 || text.size() > 10 || text.back() != 'Z') return std::nullopt;
  std::int64_t value = 0;
  std::int64_t unit = 100'000;
  for (const char c : text.substr(0, text.size() - 1)) {
    if (!decimal::is_digit(c)) return std::nullopt;
    value += unit * (c - '0');
    unit /= 10;
  }
  return chrono::microseconds(value);
}

}  // namespace

void append_irc_time(std::string& out, WallTime time) {
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date{day};
  const chrono::hh_mm_ss clock{chrono::floor<chrono::milliseconds>(time - day)};
  fmt::format_to(std::back_inserter(out), FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z"),
                 static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                 static_cast<unsigned>(date.day()), clock.hours().count(), clock.minutes().count(),
                 clock.seconds().count(), clock.subseconds().count());
}

std::optional<WallTime> parse_irc_time(std::string_view text) {
  const auto year = take_digits(text, 4, '-');
  const auto month = year ? take_digits(text, 2, '-') : std::nullopt;
  const auto day = month ? take_digits(text, 2, 'T') : std::nullopt;
  const auto hour = day ? take_digits(text, 2, ':') : std::nullopt;
  const auto minute = hour ? take_digits(text, 2, ':') : std::nullopt;
  if (!minute || text.size() < 3) return std::nullopt;

  const char behind = text[2];
  const auto second = take_digits(text, 2, behind);
  if (!second || *hour > 23 || *minute > 59 || *second > 60) return std::nullopt;
  chrono::microseconds fraction{};
  if (behind == '.') {
    const auto read = fraction_of(text);
    if (!read) return std::nullopt;
    fraction = *read;
  } else if (behind != 'Z' || !text.empty()) {
    return std::nullopt;
  }

  const chrono::year_month_day date{chrono::year(static_cast<int>(*year)), chrono::month(*month),
                                    chrono::day(*day)};
  if (!date.ok()) return std::nullopt;
  return chrono::sys_days(date) + chrono::hours(*hour) + chrono::minutes(*minute) +
         chrono::seconds(std::min(*second, 59U)) + fraction;
}

}  // namespace patchbay
