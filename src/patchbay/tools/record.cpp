#include "patchbay/tools/record.hpp"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <cmath>

#include "patchbay/base/text.hpp"

namespace patchbay {

namespace {

// Most records take no more than this.
constexpr std::size_t k_usual_size = 256;

}  // namespace

std::string rfc3339(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  return fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z"),
                     static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

Record::Record(std::string_view type) {
  text_.reserve(k_usual_size);
  text_ += "{\"type\":";
  text_ += json_string(type);
  members_at_ = text_.size();
}

void Record::key(std::string_view name) {
  text_ += ",\"";
  text_ += name;
  text_ += "\":";
}

Record& Record::text(std::string_view name, std::string_view value) {
  key(name);
  text_ += json_string(value);
  return *this;
}

Record& Record::flag(std::string_view name, bool value) {
  key(name);
  text_ += value ? "true" : "false";
  return *this;
}

Record& Record::number(std::string_view name, double value) {
  if (!std::isfinite(value)) return null(name);
  key(name);
  text_ += fmt::format("{}", value);
  return *this;
}

Record& Record::null(std::string_view name) {
  key(name);
  text_ += "null";
  return *this;
}

Record& Record::signed_count(std::string_view name, std::int64_t value) {
  key(name);
  text_ += std::to_string(value);
  return *this;
}

Record& Record::unsigned_count(std::string_view name, std::uint64_t value) {
  key(name);
  text_ += std::to_string(value);
  return *this;
}

Record& Record::time_us(std::string_view name, Duration value) {
  return signed_count(name, std::chrono::floor<std::chrono::microseconds>(value).count());
}

Record& Record::bytes(std::string_view name, std::uint64_t value) {
  return unsigned_count(name, value);
}

Record& Record::at(std::string_view name, WallTime value) { return text(name, rfc3339(value)); }

Record& Record::list(std::string_view name, std::span<const std::string> values) {
  key(name);
  text_ += '[';
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text_ += ',';
    text_ += json_string(values[i]);
  }
  text_ += ']';
  return *this;
}

Record& Record::json(std::string_view name, std::string_view value) {
  key(name);
  text_ += value;
  return *this;
}

Record& Record::merge(const Record& other) {
  text_ += std::string_view(other.text_).substr(other.members_at_);
  return *this;
}

}  // namespace patchbay
