#include "patchbay/wire/http_date.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <tuple>

#include "patchbay/base/number.hpp"

namespace patchbay {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::sys_seconds;
using std::chrono::year_month_day;

constexpr std::array<std::string_view, 7> k_days = {"Sun", "Mon", "Tue", "Wed",
                                                    "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 7> k_long_days = {
    "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> k_months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

constexpr sys_seconds k_first = sys_days(std::chrono::year(0) / 1 / 1);
constexpr sys_seconds k_last = sys_days(std::chrono::year(9999) / 12 / 31) + 24h - 1s;

// What a date says, as numbers that may still be no date.
struct Spoken {
  unsigned weekday = 0;  // 0 is Sunday
  unsigned year = 0;
  unsigned month = 0;  // 1 is January
  unsigned day = 0;
  unsigned hour = 0;
  unsigned minute = 0;
  unsigned second = 0;

  auto within_year() const { return std::tuple(month, day, hour, minute, second); }
};

// Reads on after a mistake and remembers it, so that a form is a list of its parts.
class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  bool is_whole() const { return good_ && text_.empty(); }

  void literal(std::string_view words) {
    good_ = good_ && text_.starts_with(words);
    skip(words.size());
  }

  unsigned digits(std::size_t count) {
    const std::string_view taken = text_.substr(0, count);
    good_ = good_ && taken.size() == count && std::ranges::all_of(taken, decimal::is_digit);
    unsigned value = 0;
    for (const char digit : taken) value = value * 10 + static_cast<unsigned char>(digit) - '0';
    skip(count);
    return value;
  }

  // The day of asctime: one digit has a space in front.
  unsigned padded_day() {
    if (!text_.starts_with(' ')) return digits(2);
    skip(1);
    return digits(1);
  }

  unsigned index_in(std::span<const std::string_view> names) {
    const auto found = std::ranges::find_if(
        names, [this](std::string_view name) { return text_.starts_with(name); });
    good_ = good_ && found != names.end();
    if (good_) skip(found->size());
    return static_cast<unsigned>(found - names.begin());
  }

  void time_of_day(Spoken& spoken) {
    spoken.hour = digits(2);
    literal(":");
    spoken.minute = digits(2);
    literal(":");
    spoken.second = digits(2);
  }

 private:
  void skip(std::size_t count) { text_.remove_prefix(std::min(count, text_.size())); }

  std::string_view text_;
  bool good_ = true;
};

std::optional<Spoken> read_fixdate(std::string_view text) {
  Reader reader(text);
  Spoken spoken;
  spoken.weekday = reader.index_in(k_days);
  reader.literal(", ");
  spoken.day = reader.digits(2);
  reader.literal(" ");
  spoken.month = reader.index_in(k_months) + 1;
  reader.literal(" ");
  spoken.year = reader.digits(4);
  reader.literal(" ");
  reader.time_of_day(spoken);
  reader.literal(" GMT");
  if (!reader.is_whole()) return std::nullopt;
  return spoken;
}

std::optional<Spoken> read_asctime(std::string_view text) {
  Reader reader(text);
  Spoken spoken;
  spoken.weekday = reader.index_in(k_days);
  reader.literal(" ");
  spoken.month = reader.index_in(k_months) + 1;
  reader.literal(" ");
  spoken.day = reader.padded_day();
  reader.literal(" ");
  reader.time_of_day(spoken);
  reader.literal(" ");
  spoken.year = reader.digits(4);
  if (!reader.is_whole()) return std::nullopt;
  return spoken;
}

Spoken to_spoken(sys_seconds time) {
  const auto days = std::chrono::floor<std::chrono::days>(time);
  const year_month_day date(days);
  const std::chrono::hh_mm_ss clock(time - days);
  return {.weekday = std::chrono::weekday(days).c_encoding(),
          .year = static_cast<unsigned>(static_cast<int>(date.year())),
          .month = static_cast<unsigned>(date.month()),
          .day = static_cast<unsigned>(date.day()),
          .hour = static_cast<unsigned>(clock.hours().count()),
          .minute = static_cast<unsigned>(clock.minutes().count()),
          .second = static_cast<unsigned>(clock.seconds().count())};
}

void complete_year(Spoken& spoken, sys_seconds now) {
  const Spoken today = to_spoken(std::clamp(now, k_first, k_last));
  const unsigned horizon = today.year + 50;
  unsigned year = horizon - horizon % 100 + spoken.year;
  if (year > horizon && year >= 100) year -= 100;
  const bool too_late = year == horizon && spoken.within_year() > today.within_year();
  spoken.year = too_late && year >= 100 ? year - 100 : year;
}

std::optional<Spoken> read_rfc850(std::string_view text, sys_seconds now) {
  Reader reader(text);
  Spoken spoken;
  spoken.weekday = reader.index_in(k_long_days);
  reader.literal(", ");
  spoken.day = reader.digits(2);
  reader.literal("-");
  spoken.month = reader.index_in(k_months) + 1;
  reader.literal("-");
  spoken.year = reader.digits(2);
  reader.literal(" ");
  reader.time_of_day(spoken);
  reader.literal(" GMT");
  if (!reader.is_whole()) return std::nullopt;
  complete_year(spoken, now);
  return spoken;
}

std::optional<sys_seconds> to_time(const Spoken& spoken) {
  const year_month_day date(std::chrono::year(static_cast<int>(spoken.year)),
                            std::chrono::month(spoken.month), std::chrono::day(spoken.day));
  const unsigned last_second = spoken.hour == 23 && spoken.minute == 59 ? 60 : 59;
  if (!date.ok() || spoken.hour > 23 || spoken.minute > 59 || spoken.second > last_second) {
    return std::nullopt;
  }
  const sys_days days(date);
  if (std::chrono::weekday(days).c_encoding() != spoken.weekday) return std::nullopt;
  return days + std::chrono::hours(spoken.hour) + std::chrono::minutes(spoken.minute) +
         std::chrono::seconds(spoken.second);
}

std::optional<Spoken> read_any(std::string_view text, sys_seconds now) {
  if (text.size() < 4) return std::nullopt;
  if (text[3] == ',') return read_fixdate(text);
  if (text[3] == ' ') return read_asctime(text);
  return read_rfc850(text, now);
}

}  // namespace

std::string format_http_date(sys_seconds time) {
  const Spoken date = to_spoken(std::clamp(time, k_first, k_last));
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", k_days.at(date.weekday), date.day,
                     k_months.at(date.month - 1), date.year, date.hour, date.minute, date.second);
}

std::optional<sys_seconds> parse_http_date(std::string_view text, sys_seconds now) {
  const auto spoken = read_any(text, now);
  if (!spoken) return std::nullopt;
  return to_time(*spoken);
}

}  // namespace patchbay
