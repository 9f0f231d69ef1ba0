// The path of a request target (RFC 3986 section 3.3) as the name of a file below a root, and the
// way back into a link. Names are bytes: they need not be UTF-8.
//
// Whatever two programs could take for two different files is refused, not repaired: a path that is
// checked in one form and opened in another is how passwords were walked around.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace patchbay {

enum class PathFault : std::uint8_t {
  not_absolute,   // does not begin with a slash
  bad_escape,     // a percent sign without two hexadecimal digits
  bad_character,  // a bare control character, blank, '?' or '#'; NUL, escaped or not
  encoded_slash,  // %2F: a slash that separates nothing
  empty_segment,  // "//"
  above_root,     // more ".." than there are folders
};

// One clause without its full stop: "a percent sign is not followed by two hexadecimal digits".
std::string_view why(PathFault fault);

struct DecodedPath {
  std::string path;     // "a/b": segments without a slash at either end; "" is the root
  bool folder = false;  // it ended in a slash, or in a segment "." or ".."

  bool operator==(const DecodedPath&) const = default;
};

// `raw` is the target up to its '?'. Escapes are decoded once, segment by segment, then "." and
// ".." are resolved (section 5.2.4), written as escapes too. No segment of the result is empty,
// "." or "..", and none has a slash or a NUL. Other control characters there may be, when they were
// escaped: a file may be named so. A backslash is a character like others. The result is not longer
// than `raw`; the length of a segment is for the file system to refuse.
std::expected<DecodedPath, PathFault> decode_path(std::string_view raw);

// For whoever gives a path to something else than a file system: has it a control character?
bool has_control_character(const DecodedPath& path);

// A path or a name for an href: everything but letters, digits, "-._~" and the slash is escaped. So
// it needs no further escaping in HTML, and a colon in a first segment makes no scheme.
std::string encode_path(std::string_view path);

}  // namespace patchbay
