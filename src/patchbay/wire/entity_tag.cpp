#include "patchbay/wire/entity_tag.hpp"

#include <algorithm>

namespace patchbay {
namespace {

constexpr std::string_view k_between = " \t,";  // elements of a list may be empty

// etagc: anything but controls, the blank and the quote.
constexpr bool is_tag_char(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte > 0x20 && byte != 0x7f && c != '"';
}

// Takes blanks and commas off the front: whether there was a comma.
bool take_separator(std::string_view& list) {
  const std::size_t end = std::min(list.find_first_not_of(k_between), list.size());
  const bool separates = list.substr(0, end).find(',') != list.npos;
  list.remove_prefix(end);
  return separates;
}

}  // namespace

std::optional<EntityTag> take_entity_tag(std::string_view& text) {
  std::string_view rest = text;
  const bool weak = rest.starts_with("W/");
  if (weak) rest.remove_prefix(2);
  if (!rest.starts_with('"')) return std::nullopt;
  rest.remove_prefix(1);
  const auto end = std::ranges::find_if_not(rest, is_tag_char);
  if (end == rest.end() || *end != '"') return std::nullopt;
  const auto length = static_cast<std::size_t>(end - rest.begin());
  text = rest.substr(length + 1);
  return EntityTag{.opaque = rest.substr(0, length), .weak = weak};
}

std::optional<EntityTag> parse_entity_tag(std::string_view text) {
  const auto tag = take_entity_tag(text);
  if (!tag || !text.empty()) return std::nullopt;
  return tag;
}

bool matches(const EntityTag& a, const EntityTag& b, TagComparison comparison) {
  if (comparison == TagComparison::strong && (a.weak || b.weak)) return false;
  return a.opaque == b.opaque;
}

TagListVerdict look_up(std::string_view list, const std::optional<EntityTag>& tag,
                       TagComparison comparison) {
  TagListVerdict verdict = TagListVerdict::unreadable;
  take_separator(list);
  while (!list.empty()) {
    const auto listed = take_entity_tag(list);
    if (!listed) return TagListVerdict::unreadable;
    const bool found = tag && matches(*listed, *tag, comparison);
    if (verdict != TagListVerdict::with) {
      verdict = found ? TagListVerdict::with : TagListVerdict::without;
    }
    if (!take_separator(list) && !list.empty()) return TagListVerdict::unreadable;
  }
  return verdict;
}

}  // namespace patchbay
