#include "patchbay/tools/http/get_range.hpp"

#include <charconv>

#include "patchbay/base/ascii.hpp"

namespace patchbay {

namespace {

std::optional<std::uint64_t> take_number(std::string_view& text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data()) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

enum class Silence : bool { is_another, is_the_same };

bool is_same_version(const HttpHop& answer, const PartNote& note, Silence silence) {
  const bool has_tag = note.validator.starts_with('"');
  const std::string_view told = answer.field(has_tag ? "etag" : "last-modified");
  return told.empty() ? silence == Silence::is_the_same : told == note.validator;
}

}  // namespace

std::optional<ContentRange> parse_content_range(std::string_view value) {
  constexpr std::string_view unit = "bytes ";
  if (value.size() < unit.size() || !equal_ignoring_case(value.substr(0, unit.size()), unit)) {
    return std::nullopt;
  }
  value.remove_prefix(unit.size());
  ContentRange range;
  if (value.starts_with('*')) {
    value.remove_prefix(1);
  } else {
    range.first = take_number(value);
    if (!range.first || !value.starts_with('-')) return std::nullopt;
    value.remove_prefix(1);
    range.last = take_number(value);
    if (!range.last || *range.last < *range.first) return std::nullopt;
  }
  if (!value.starts_with('/')) return std::nullopt;
  value.remove_prefix(1);
  if (value == "*") return range.first ? std::optional(range) : std::nullopt;
  range.total = take_number(value);
  return range.total && value.empty() ? std::optional(range) : std::nullopt;
}

std::string range_validator(const HttpHop& hop) {
  const std::string_view tag = hop.field("etag");
  if (tag.size() > 2 && tag.starts_with('"') && tag.ends_with('"')) return std::string(tag);
  // Who has a tag must not go by the date, even where the tag is a weak one.
  if (!tag.empty()) return {};
  const std::string_view date = hop.field("date");
  const std::string_view changed = hop.field("last-modified");
  // Within the second of the answer it may change once more and keep its date.
  return date.empty() || date == changed ? std::string() : std::string(changed);
}

bool is_rest_of_part(const HttpHop& answer, const PartNote& note, std::uint64_t have) {
  const auto range = parse_content_range(answer.field("content-range"));
  if (!range || range->first != have) return false;
  if (note.total && range->total && note.total != range->total) return false;
  return is_same_version(answer, note, Silence::is_another);
}

// The part is of one version whatever this says, so servers that say nothing may be believed.
bool is_whole_part(const HttpHop& answer, const PartNote& note, std::uint64_t have) {
  const auto range = parse_content_range(answer.field("content-range"));
  if (!range || range->total != have || note.total.value_or(have) != have) return false;
  return is_same_version(answer, note, Silence::is_the_same);
}

}  // namespace patchbay
