#include "patchbay/tools/scan/output/xml_text.hpp"

#include <fmt/format.h>

#include "patchbay/base/text.hpp"

namespace patchbay {

namespace {

constexpr std::string_view k_replacement = "\xEF\xBF\xBD";

bool is_allowed(char32_t value) {
  if (value < 0x20) return value == '\t' || value == '\n' || value == '\r';
  return value != 0xFFFE && value != 0xFFFF;
}

std::string_view entity_of(char32_t value) {
  switch (value) {
    case '&': return "&amp;";
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '\'': return "&apos;";
    default: return {};
  }
}

}  // namespace

std::string escape_xml(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const CodePoint point = decode_utf8(bytes);
    const std::string_view raw = bytes.substr(0, point.length);
    bytes.remove_prefix(point.length);
    if (!point.valid || !is_allowed(point.value)) {
      out += k_replacement;
    } else if (const std::string_view entity = entity_of(point.value); !entity.empty()) {
      out += entity;
    } else if (is_printable(point.value)) {
      out += raw;
    } else {
      out += fmt::format("&#x{:x};", static_cast<std::uint32_t>(point.value));
    }
  }
  return out;
}

}  // namespace patchbay
