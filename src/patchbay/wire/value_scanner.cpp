#include "patchbay/wire/value_scanner.hpp"

#include <algorithm>

#include "patchbay/wire/http_field.hpp"

namespace patchbay::detail {
namespace {

constexpr std::string_view k_blanks = " \t";

// Takes "name=value" off the front.
std::optional<ValueParameter> take_parameter(ValueScanner& scanner) {
  ValueParameter parameter{.name = scanner.take_token(), .value = {}};
  if (parameter.name.empty() || !scanner.take('=')) return std::nullopt;
  if (auto quoted = scanner.take_quoted()) {
    parameter.value = *std::move(quoted);
    return parameter;
  }
  parameter.value = scanner.take_token();
  if (parameter.value.empty()) return std::nullopt;
  return parameter;
}

}  // namespace

void ValueScanner::skip_blanks() {
  text_.remove_prefix(std::min(text_.find_first_not_of(k_blanks), text_.size()));
}

bool ValueScanner::take(char c) {
  if (!text_.starts_with(c)) return false;
  text_.remove_prefix(1);
  return true;
}

std::string_view ValueScanner::take_token() {
  const auto end = std::ranges::find_if_not(text_, is_token_char);
  const std::string_view token = text_.substr(0, static_cast<std::size_t>(end - text_.begin()));
  text_.remove_prefix(token.size());
  return token;
}

std::optional<std::string> ValueScanner::take_quoted() {
  if (!text_.starts_with('"')) return std::nullopt;
  std::string inside;
  for (std::size_t at = 1; at < text_.size(); ++at) {
    if (text_[at] == '"') {
      text_.remove_prefix(at + 1);
      return inside;
    }
    if (text_[at] == '\\' && ++at == text_.size()) return std::nullopt;
    if (!is_field_char(text_[at])) return std::nullopt;
    inside += text_[at];
  }
  return std::nullopt;
}

std::string_view ValueScanner::take_until(char separator) {
  bool quoted = false;
  std::size_t at = 0;
  for (; at < text_.size(); ++at) {
    if (quoted && text_[at] == '\\') {
      ++at;
    } else if (text_[at] == '"') {
      quoted = !quoted;
    } else if (!quoted && text_[at] == separator) {
      break;
    }
  }
  const std::string_view taken = text_.substr(0, at);
  text_.remove_prefix(std::min(at + 1, text_.size()));
  return trim_blanks(taken);
}

std::optional<std::vector<ValueParameter>> read_parameters(std::string_view text) {
  std::vector<ValueParameter> parameters;
  ValueScanner scanner(text);
  for (scanner.skip_blanks(); !scanner.at_end(); scanner.skip_blanks()) {
    if (!scanner.take(';')) return std::nullopt;
    scanner.skip_blanks();
    if (scanner.at_end() || scanner.rest().starts_with(';')) continue;
    auto parameter = take_parameter(scanner);
    if (!parameter) return std::nullopt;
    parameters.push_back(*std::move(parameter));
  }
  return parameters;
}

}  // namespace patchbay::detail
