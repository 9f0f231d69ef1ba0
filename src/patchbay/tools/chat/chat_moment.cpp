#include "patchbay/tools/chat/chat_moment.hpp"

#include <chrono>
#include <optional>

#include "patchbay/base/units.hpp"

namespace patchbay {

namespace {

using std::chrono::microseconds;

// What is still to be read, from the front.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool at_end() const { return rest_.empty(); }
  bool take(char c) {
    if (rest_.empty() || rest_.front() != c) return false;
    rest_.remove_prefix(1);
    return true;
  }
  // Exactly so many digits, up to `most`.
  std::optional<int> number(std::size_t digits, int most) {
    if (rest_.size() < digits) return std::nullopt;
    int value = 0;
    for (const char c : rest_.substr(0, digits)) {
      if (c < '0' || c > '9') return std::nullopt;
      value = value * 10 + (c - '0');
    }
    rest_.remove_prefix(digits);
    return value <= most ? std::optional(value) : std::nullopt;
  }
  // ".5", of a second; beyond microseconds it is cut.
  std::optional<microseconds> fraction() {
    if (!take('.')) return microseconds(0);
    std::int64_t value = 0, unit = 1'000'000;
    bool any = false;
    for (; !rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9'; any = true) {
      unit /= 10;
      value += (rest_.front() - '0') * unit;
      rest_.remove_prefix(1);
    }
    return any ? std::optional(microseconds(value)) : std::nullopt;
  }

 private:
  std::string_view rest_;
};

std::optional<std::chrono::sys_days> read_day(Reader& in) {
  const auto year = in.number(4, 9999);
  if (!year || *year < 1970 || !in.take('-')) return std::nullopt;
  const auto month = in.number(2, 12);
  if (!month || !in.take('-')) return std::nullopt;
  const auto day = in.number(2, 31);
  if (!day) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(*year),
                                         std::chrono::month(static_cast<unsigned>(*month)),
                                         std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date);
}

std::optional<microseconds> read_time(Reader& in) {
  const auto hours = in.number(2, 23);
  if (!hours || !in.take(':')) return std::nullopt;
  const auto minutes = in.number(2, 59);
  if (!minutes) return std::nullopt;
  microseconds time = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  if (!in.take(':')) return time;
  const auto seconds = in.number(2, 60);
  if (!seconds) return std::nullopt;
  const auto fraction = in.fraction();
  if (!fraction) return std::nullopt;
  return time + std::chrono::seconds(*seconds) + *fraction;
}

// How far the zone is ahead of UTC.
std::optional<microseconds> read_zone(Reader& in) {
  if (in.at_end() || in.take('Z')) return microseconds(0);
  const bool is_ahead = in.take('+');
  if (!is_ahead && !in.take('-')) return std::nullopt;
  const auto hours = in.number(2, 14);
  if (!hours || !in.take(':')) return std::nullopt;
  const auto minutes = in.number(2, 59);
  if (!minutes) return std::nullopt;
  const microseconds ahead = std::chrono::hours(*hours) + std::chrono::minutes(*minutes);
  return is_ahead ? ahead : -ahead;
}

std::optional<WallTime> read_moment(std::string_view text) {
  Reader in(text);
  const auto day = read_day(in);
  if (!day) return std::nullopt;
  if (in.at_end()) return WallTime(*day);
  if (!in.take('T') && !in.take(' ')) return std::nullopt;
  const auto time = read_time(in);
  if (!time) return std::nullopt;
  const auto zone = read_zone(in);
  if (!zone || !in.at_end()) return std::nullopt;
  return WallTime(*day) + *time - *zone;
}

}  // namespace

Result<WallTime> parse_moment(std::string_view text, WallTime now) {
  if (const auto moment = read_moment(text)) return *moment;
  if (const auto ago = parse_duration(text)) {
    return now - std::chrono::duration_cast<microseconds>(*ago);
  }
  return Error(Fault::protocol, "read the time", "it is neither a duration nor a date",
               "write it so: 90m, 2d, 2026-03-01, '2026-03-01 14:30', 2026-03-01T14:30:00Z")
      .about(text);
}

}  // namespace patchbay
