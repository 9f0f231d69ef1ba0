#include "patchbay/wire/http_range.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "patchbay/base/number.hpp"
#include "patchbay/wire/http_field.hpp"
#include "patchbay/wire/value_scanner.hpp"

namespace patchbay {
namespace {

constexpr std::size_t k_overlaps_honoured = 2;

// One element of the set, of a representation whose size is known.
struct Spec {
  bool readable = false;
  bool satisfiable = false;  // as section 14.1.2 has it: also a suffix of nothing
  ByteRange range = {};
};

// A range and its place in the request.
struct Asked {
  ByteRange range;
  std::size_t place;

  std::uint64_t end() const { return range.first + range.length; }
};

// A number too large for 64 bits is as good as the largest: it only says "beyond the end".
std::optional<std::uint64_t> read_position(std::string_view digits) {
  constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  if (digits.empty() || !std::ranges::all_of(digits, decimal::is_digit)) return std::nullopt;
  std::uint64_t value = 0;
  for (const char digit : digits) {
    const auto unit = static_cast<std::uint64_t>(digit - '0');
    if (value > (most - unit) / 10) return most;
    value = value * 10 + unit;
  }
  return value;
}

Spec read_suffix(std::string_view digits, std::uint64_t size) {
  const auto length = read_position(digits);
  if (!length) return {};
  const std::uint64_t there = std::min(*length, size);
  return {.readable = true,
          .satisfiable = *length > 0,
          .range = {.first = size - there, .length = there}};
}

Spec read_spec(std::string_view text, std::uint64_t size) {
  const std::size_t dash = text.find('-');
  if (dash == text.npos) return {};
  if (dash == 0) return read_suffix(text.substr(1), size);
  const auto first = read_position(text.substr(0, dash));
  if (!first) return {};

  const std::string_view last_digits = text.substr(dash + 1);
  const auto last =
      last_digits.empty() ? std::numeric_limits<std::uint64_t>::max() : read_position(last_digits);
  if (!last || *last < *first) return {};
  if (*first >= size) return {.readable = true};
  return {.readable = true,
          .satisfiable = true,
          .range = {.first = *first, .length = std::min(*last, size - 1) - *first + 1}};
}

// Takes "bytes=" off the front.
bool take_unit(detail::ValueScanner& scanner) {
  return equal_ignoring_case(scanner.take_token(), "bytes") && scanner.take('=');
}

// The satisfiable ranges of a set, in its order; nothing when the set is to be ignored.
std::optional<std::vector<Asked>> read_set(detail::ValueScanner& scanner, std::uint64_t size,
                                           std::size_t limit) {
  std::vector<Asked> asked;
  bool is_empty = true;
  for (std::size_t place = 0; !scanner.at_end(); ++place) {
    if (place == limit) return std::nullopt;
    const std::string_view text = scanner.take_until(',');
    if (text.empty()) continue;  // lists may have empty elements (section 5.6.1.2)
    const Spec spec = read_spec(text, size);
    if (!spec.readable || (spec.satisfiable && size == 0)) return std::nullopt;
    if (spec.satisfiable) asked.push_back({.range = spec.range, .place = place});
    is_empty = false;
  }
  if (is_empty) return std::nullopt;
  return asked;
}

// How many begin before one that stands earlier in the representation has ended. `asked` is sorted.
std::size_t count_overlaps(const std::vector<Asked>& asked) {
  std::size_t overlaps = 0;
  std::uint64_t end = 0;
  for (const Asked& one : asked) {
    if (one.range.first < end) ++overlaps;
    end = std::max(end, one.end());
  }
  return overlaps;
}

// `asked` is sorted by where the ranges begin; the result by where they stood in the request.
std::vector<ByteRange> join(const std::vector<Asked>& asked) {
  std::vector<Asked> joined;
  for (const Asked& one : asked) {
    if (joined.empty() || one.range.first > joined.back().end()) {
      joined.push_back(one);
      continue;
    }
    Asked& group = joined.back();
    group.range.length = std::max(group.end(), one.end()) - group.range.first;
    group.place = std::min(group.place, one.place);
  }
  std::ranges::sort(joined, {}, &Asked::place);
  std::vector<ByteRange> ranges;
  ranges.reserve(joined.size());
  for (const Asked& group : joined) ranges.push_back(group.range);
  return ranges;
}

}  // namespace

RangeAnswer read_ranges(std::string_view field, std::uint64_t size, std::size_t limit) {
  detail::ValueScanner scanner(field);
  if (!take_unit(scanner)) return {};

  auto asked = read_set(scanner, size, limit);
  if (!asked) return {};
  if (asked->empty()) return {.verdict = RangeVerdict::unsatisfiable};
  std::ranges::sort(*asked, {}, [](const Asked& one) { return one.range.first; });
  if (count_overlaps(*asked) > k_overlaps_honoured) return {};
  return {.verdict = RangeVerdict::partial, .ranges = join(*asked)};
}

std::string content_range(ByteRange range, std::uint64_t size) {
  return fmt::format("bytes {}-{}/{}", range.first, range.first + range.length - 1, size);
}

std::string unsatisfied_content_range(std::uint64_t size) {
  return fmt::format("bytes */{}", size);
}

}  // namespace patchbay
