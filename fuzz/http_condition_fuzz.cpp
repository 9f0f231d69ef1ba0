// The fields of a conditional request, six lines of the input: the four conditions, If-Range, and
// the tag of the file. Whatever they say, the verdict is one that the method can have.
#include <array>
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "patchbay/wire/entity_tag.hpp"
#include "patchbay/wire/http_condition.hpp"

namespace {

std::string_view take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end == text.npos ? text.size() : end + 1);
  return line;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  constexpr std::chrono::sys_seconds now{std::chrono::seconds(1'796'040'000)};
  std::string_view text(reinterpret_cast<const char*>(data), size);
  HttpConditions conditions;
  conditions.if_match = take_line(text);
  conditions.if_none_match = take_line(text);
  conditions.if_modified_since = take_line(text);
  conditions.if_unmodified_since = take_line(text);
  const std::string_view if_range = take_line(text);
  Validators file{.etag = take_line(text), .modified = now - std::chrono::hours(1)};

  for (file.exists = true;; file.exists = false) {
    const auto put = judge_conditions(conditions, file, false, now);
    const auto get = judge_conditions(conditions, file, true, now);
    FUZZ_CHECK(put != ConditionVerdict::not_modified);
    FUZZ_CHECK(get != ConditionVerdict::failed || put == ConditionVerdict::failed);
    FUZZ_CHECK(file.exists || !if_range_holds(if_range, file, now) || if_range.empty());
    if (!file.exists) break;
  }

  const auto tag = parse_entity_tag(file.etag);
  if (!tag) return 0;
  FUZZ_CHECK(tag->opaque.size() + (tag->weak ? 4 : 2) == file.etag.size());
  FUZZ_CHECK(look_up(file.etag, tag, TagComparison::weak) == TagListVerdict::with);
  return 0;
}
