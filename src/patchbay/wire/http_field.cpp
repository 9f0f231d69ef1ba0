#include "patchbay/wire/http_field.hpp"

#include <algorithm>

namespace patchbay {

bool is_http_token(std::string_view text) {
  if (text.empty()) return false;
  for (const char c : text) {
    if (!is_token_char(c)) return false;
  }
  return true;
}

// Without a branch in its loop, so that the compiler takes many bytes at a time.
bool is_field_value(std::string_view text) {
  unsigned bad = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    bad |= static_cast<unsigned>((byte < 0x20) & (byte != '\t')) | (byte == 0x7f);
  }
  return bad == 0;
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<std::string_view> next_element(std::string_view& list) {
  while (!list.empty()) {
    bool quoted = false;
    std::size_t end = 0;
    for (; end < list.size() && (quoted || list[end] != ','); ++end) {
      if (quoted && list[end] == '\\' && end + 1 < list.size()) {
        ++end;
      } else if (list[end] == '"') {
        quoted = !quoted;
      }
    }
    const std::string_view element = trim_blanks(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
    if (!element.empty()) return element;
  }
  return std::nullopt;
}

bool list_has(std::string_view list, std::string_view element) {
  while (const auto next = next_element(list)) {
    if (equal_ignoring_case(*next, element)) return true;
  }
  return false;
}

std::string_view HttpFields::get(std::string_view name) const {
  for (const HttpField& field : fields_) {
    if (equal_ignoring_case(field.name, name)) return field.value;
  }
  return {};
}

std::size_t HttpFields::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      fields_.begin(), fields_.end(),
      [name](const HttpField& field) { return equal_ignoring_case(field.name, name); }));
}

std::string HttpFields::all(std::string_view name) const {
  std::string joined;
  for (const HttpField& field : fields_) {
    if (!equal_ignoring_case(field.name, name)) continue;
    if (!joined.empty()) joined += ", ";
    joined += field.value;
  }
  return joined;
}

}  // namespace patchbay
