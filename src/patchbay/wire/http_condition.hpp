// Conditional requests (RFC 9110 section 13): whether a method is carried out, given what the
// client believes to know about the representation.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace patchbay {

// The values of the fields; empty when absent. Several lines of one field are joined by ", ".
struct HttpConditions {
  std::string_view if_match;
  std::string_view if_none_match;
  std::string_view if_modified_since;
  std::string_view if_unmodified_since;
};

// What is known of the representation that the answer would have.
struct Validators {
  std::string_view etag;  // as it is sent, with its quotes; empty when it has none
  std::optional<std::chrono::sys_seconds> modified;
  bool exists = true;
};

enum class ConditionVerdict : std::uint8_t {
  proceed,       // as if there were no condition
  not_modified,  // 304
  failed,        // 412
};

// The order of section 13.2.2: If-Match, or else If-Unmodified-Since; then If-None-Match, or else
// If-Modified-Since, which only a safe method has. `safe_method` is true for GET and HEAD.
//
// A date that cannot be read is ignored, as sections 13.1.3 and 13.1.4 demand, and so is one for a
// representation without a date. Of tags that cannot be read the RFC says nothing: here such an
// If-Match fails (412), and with such an If-None-Match a safe method proceeds and any other fails.
// `now` is needed to read a year of two digits.
ConditionVerdict judge_conditions(const HttpConditions& conditions, const Validators& validators,
                                  bool safe_method, std::chrono::sys_seconds now);

// Whether the Range field counts (section 13.1.5): true without an If-Range, or when it has the
// very tag, and both are strong, or the very date. A date holds from one second after it: until
// then another change would leave it the same.
bool if_range_holds(std::string_view if_range, const Validators& validators,
                    std::chrono::sys_seconds now);

}  // namespace patchbay
