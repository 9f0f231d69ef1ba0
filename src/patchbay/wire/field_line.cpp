#include "patchbay/wire/field_line.hpp"

#include <algorithm>
#include <array>

namespace patchbay {

namespace {

constexpr std::array<std::string_view, 3> k_framing = {"content-length", "transfer-encoding",
                                                       "connection"};
constexpr std::array<std::string_view, 3> k_secret = {"authorization", "proxy-authorization",
                                                      "cookie"};

bool is_one_of(const std::array<std::string_view, 3>& names, std::string_view name) {
  return std::ranges::any_of(names, [name](auto one) { return equal_ignoring_case(one, name); });
}

}  // namespace

std::expected<HttpField, const char*> parse_field_line(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0) {
    return std::unexpected("it has to be 'Name: value'");
  }
  const HttpField field{.name = line.substr(0, colon),
                        .value = trim_blanks(line.substr(colon + 1))};
  if (!is_http_token(field.name)) {
    return std::unexpected("a field's name is made of letters, digits and -");
  }
  if (!is_field_value(field.value)) return std::unexpected("its value has a control character");
  return field;
}

std::expected<std::vector<HttpField>, const char*> parse_field_lines(std::string_view text) {
  std::vector<HttpField> fields;
  while (!text.empty()) {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const auto field = parse_field_line(line);
    if (!field) return std::unexpected(field.error());
    fields.push_back(*field);
  }
  return fields;
}

bool is_framing_field(std::string_view name) { return is_one_of(k_framing, name); }
bool is_secret_field(std::string_view name) { return is_one_of(k_secret, name); }

}  // namespace patchbay
