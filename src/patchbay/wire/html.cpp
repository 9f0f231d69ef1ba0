#include "patchbay/wire/html.hpp"

#include "patchbay/base/text.hpp"

namespace patchbay {
namespace {

constexpr std::string_view k_replacement = "\xef\xbf\xbd";  // U+FFFD

// What stands for a character of HTML's own syntax; empty for all others.
constexpr std::string_view reference_for(char32_t value) {
  switch (value) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&#39;";
    default: return {};
  }
}

}  // namespace

std::string escape_html(std::string_view bytes) {
  std::string escaped;
  escaped.reserve(bytes.size());
  while (!bytes.empty()) {
    const CodePoint point = decode_utf8(bytes);
    const std::string_view reference = reference_for(point.value);
    if (!reference.empty()) {
      escaped += reference;
    } else if (point.valid && is_printable(point.value)) {
      escaped += bytes.substr(0, point.length);
    } else {
      escaped += k_replacement;
    }
    bytes.remove_prefix(point.length);
  }
  return escaped;
}

}  // namespace patchbay
