// Entity tags (RFC 9110 section 8.8.3): "xyzzy", W/"xyzzy", and lists of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace patchbay {

struct EntityTag {
  std::string_view opaque;  // what stands between the quotes
  bool weak = false;

  bool operator==(const EntityTag&) const = default;
};

// Takes a tag off the front of `text`; nothing, and nothing is taken, when none stands there.
std::optional<EntityTag> take_entity_tag(std::string_view& text);
// The whole text is one tag.
std::optional<EntityTag> parse_entity_tag(std::string_view text);

// Section 8.8.3.2: strong when the bytes must be the same, weak when the meaning is enough.
enum class TagComparison : std::uint8_t { strong, weak };

bool matches(const EntityTag& a, const EntityTag& b, TagComparison comparison);

enum class TagListVerdict : std::uint8_t {
  unreadable,  // not a list of tags, or a list of none
  without,     // `tag` is not in the list
  with,
};

// `list` as If-Match and If-None-Match have it, but not "*". `tag` is nothing for a representation
// without a tag: then no list has it.
TagListVerdict look_up(std::string_view list, const std::optional<EntityTag>& tag,
                       TagComparison comparison);

}  // namespace patchbay
