#include "patchbay/wire/http_condition.hpp"

#include "patchbay/wire/entity_tag.hpp"
#include "patchbay/wire/http_date.hpp"

namespace patchbay {
namespace {

using std::chrono::sys_seconds;

// What a condition about tags says.
enum class TagAnswer : std::uint8_t { unreadable, no_match, match };

TagAnswer ask_tags(std::string_view field, const Validators& validators, TagComparison comparison) {
  if (field == "*") return validators.exists ? TagAnswer::match : TagAnswer::no_match;
  const auto tag = validators.exists ? parse_entity_tag(validators.etag) : std::nullopt;
  switch (look_up(field, tag, comparison)) {
    case TagListVerdict::with: return TagAnswer::match;
    case TagListVerdict::without: return TagAnswer::no_match;
    case TagListVerdict::unreadable: break;
  }
  return TagAnswer::unreadable;
}

// Whether the representation has changed after the date of the field; nothing when the field is to
// be ignored.
std::optional<bool> modified_since(std::string_view field, const Validators& validators,
                                   sys_seconds now) {
  if (!validators.exists || !validators.modified) return std::nullopt;
  const auto date = parse_http_date(field, now);
  if (!date) return std::nullopt;
  return *validators.modified > *date;
}

// Steps 1 and 2: may the method touch what is there now?
bool still_the_same(const HttpConditions& conditions, const Validators& validators,
                    sys_seconds now) {
  if (!conditions.if_match.empty()) {
    return ask_tags(conditions.if_match, validators, TagComparison::strong) == TagAnswer::match;
  }
  return !modified_since(conditions.if_unmodified_since, validators, now).value_or(false);
}

// Steps 3 and 4.
ConditionVerdict judge_news(const HttpConditions& conditions, const Validators& validators,
                            bool safe_method, sys_seconds now) {
  if (!conditions.if_none_match.empty()) {
    const TagAnswer answer = ask_tags(conditions.if_none_match, validators, TagComparison::weak);
    if (answer == TagAnswer::no_match) return ConditionVerdict::proceed;
    if (!safe_method) return ConditionVerdict::failed;
    return answer == TagAnswer::match ? ConditionVerdict::not_modified : ConditionVerdict::proceed;
  }
  const bool is_news =
      !safe_method || modified_since(conditions.if_modified_since, validators, now).value_or(true);
  return is_news ? ConditionVerdict::proceed : ConditionVerdict::not_modified;
}

}  // namespace

ConditionVerdict judge_conditions(const HttpConditions& conditions, const Validators& validators,
                                  bool safe_method, sys_seconds now) {
  if (!still_the_same(conditions, validators, now)) return ConditionVerdict::failed;
  return judge_news(conditions, validators, safe_method, now);
}

bool if_range_holds(std::string_view if_range, const Validators& validators, sys_seconds now) {
  if (if_range.empty()) return true;
  if (!validators.exists) return false;
  if (const auto tag = parse_entity_tag(if_range)) {
    const auto current = parse_entity_tag(validators.etag);
    return current && matches(*tag, *current, TagComparison::strong);
  }
  const auto date = parse_http_date(if_range, now);
  return date && validators.modified == date && *date + std::chrono::seconds(1) <= now;
}

}  // namespace patchbay
