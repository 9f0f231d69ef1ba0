#include "patchbay/wire/form_disposition.hpp"

#include <algorithm>
#include <array>

#include "patchbay/base/ascii.hpp"
#include "patchbay/wire/http_field.hpp"
#include "patchbay/wire/value_scanner.hpp"

namespace patchbay {
namespace {

constexpr std::size_t k_longest_name = 255;  // NAME_MAX of Linux

Error failure(const char* reason) { return Error(Fault::protocol, "read the form data", reason); }

// What browsers escape in names, and how.
struct Escape {
  std::string_view text;
  char byte;
};
constexpr std::array<Escape, 6> k_escapes = {{
    {"\\\"", '"'},
    {"%22", '"'},
    {"%0D", '\r'},
    {"%0d", '\r'},
    {"%0A", '\n'},
    {"%0a", '\n'},
}};

// The inside of a quoted name off the front of `text`, its escapes undone. Nothing when it has no
// end. A backslash is a character like others unless a quote follows: browsers do not escape it.
std::optional<std::string> take_quoted_name(std::string_view& text) {
  std::string name;
  text.remove_prefix(1);
  while (!text.empty()) {
    const auto escape = std::ranges::find_if(
        k_escapes, [&text](const Escape& one) { return text.starts_with(one.text); });
    if (escape != k_escapes.end()) {
      name += escape->byte;
      text.remove_prefix(escape->text.size());
      continue;
    }
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"') return name;
    name += c;
  }
  return std::nullopt;
}

struct Parameter {
  std::string_view name;
  std::string value;
};

// Takes "; name=value" off the front of `text`.
std::optional<Parameter> take_parameter(std::string_view& text) {
  detail::ValueScanner scanner(text);
  if (!scanner.take(';')) return std::nullopt;
  scanner.skip_blanks();
  Parameter parameter{.name = scanner.take_token(), .value = {}};
  if (parameter.name.empty() || !scanner.take('=')) return std::nullopt;
  if (!scanner.rest().starts_with('"')) {
    parameter.value = scanner.take_token();
    text = scanner.rest();
    return parameter;
  }
  text = scanner.rest();
  auto value = take_quoted_name(text);
  if (!value) return std::nullopt;
  parameter.value = *std::move(value);
  return parameter;
}

std::string_view without_blanks_in_front(std::string_view text) {
  detail::ValueScanner scanner(text);
  scanner.skip_blanks();
  return scanner.rest();
}

Result<FormDisposition> to_disposition(std::optional<std::string> name,
                                       const std::optional<std::string>& filename) {
  if (!name) return failure("a part has no name");
  FormDisposition disposition{.name = *std::move(name), .filename = {}};
  if (!filename || filename->empty()) return disposition;
  const auto plain = plain_file_name(*filename);
  if (!plain) return failure("the file name of a part is none that a file may have");
  disposition.filename = *plain;
  return disposition;
}

}  // namespace

Result<FormDisposition> parse_form_disposition(std::string_view value) {
  detail::ValueScanner scanner(value);
  if (!equal_ignoring_case(scanner.take_token(), "form-data")) {
    return failure("a part is not form-data");
  }
  std::optional<std::string> name;
  std::optional<std::string> filename;
  std::string_view rest = without_blanks_in_front(scanner.rest());
  while (!rest.empty()) {
    auto parameter = take_parameter(rest);
    if (!parameter) return failure("the Content-Disposition of a part cannot be read");
    rest = without_blanks_in_front(rest);
    const bool is_name = equal_ignoring_case(parameter->name, "name");
    if (!is_name && !equal_ignoring_case(parameter->name, "filename")) continue;
    auto& place = is_name ? name : filename;
    if (place) return failure("a part has two names");
    place = std::move(parameter->value);
  }
  return to_disposition(std::move(name), filename);
}

std::optional<std::string_view> plain_file_name(std::string_view name) {
  const std::size_t separator = name.find_last_of("/\\");
  if (separator != name.npos) name.remove_prefix(separator + 1);
  if (name.empty() || name == "." || name == "..") return std::nullopt;
  if (name.size() > k_longest_name || std::ranges::any_of(name, is_ascii_control))
    return std::nullopt;
  return name;
}

}  // namespace patchbay
