// Record: one flat JSON object, built left to right. What `--json` prints a line of.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

#include "patchbay/base/time.hpp"

namespace patchbay {

// Wall-clock time: microseconds since 1970 in UTC.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

// RFC 3339 in UTC with microseconds: "2026-03-01T12:00:00.000000Z".
std::string rfc3339(WallTime time);

// Keys are written as given: literals in snake_case, each used once in a record. Values may come
// from a peer: they are escaped, and what is no UTF-8 becomes U+FFFD, so the line is always valid.
//
//   out.emit(Record("joined").text("peer", peer).time_us("took_us", took).bytes("sent_bytes", n));
class Record {
 public:
  explicit Record(std::string_view type);  // {"type":"joined"

  Record& text(std::string_view key, std::string_view value);
  Record& flag(std::string_view key, bool value);
  Record& number(std::string_view key, double value);  // null where it is not finite
  Record& null(std::string_view key);
  template <std::integral Int>
  Record& count(std::string_view key, Int value) {
    if constexpr (std::is_signed_v<Int>) {
      return signed_count(key, value);
    } else {
      return unsigned_count(key, value);
    }
  }
  Record& time_us(std::string_view key, Duration value);     // the key ends in _us
  Record& bytes(std::string_view key, std::uint64_t value);  // the key ends in _bytes
  Record& at(std::string_view key, WallTime value);
  Record& list(std::string_view key, std::span<const std::string> values);
  // The value is a whole JSON value already, from Record::json() or nlohmann's dump().
  Record& json(std::string_view key, std::string_view value);

  // All members of `other` but its type, after those of this record.
  Record& merge(const Record& other);

  std::string json() const { return text_ + "}"; }

 private:
  Record& signed_count(std::string_view key, std::int64_t value);
  Record& unsigned_count(std::string_view key, std::uint64_t value);
  void key(std::string_view name);

  std::string text_;
  std::size_t members_at_;  // where the members after "type" begin
};

}  // namespace patchbay
