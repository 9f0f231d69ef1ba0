#include "patchbay/wire/http_auth.hpp"

#include <algorithm>

#include "patchbay/base/ascii.hpp"
#include "patchbay/wire/base64.hpp"
#include "patchbay/wire/http_field.hpp"
#include "patchbay/wire/value_scanner.hpp"

namespace patchbay {
namespace {

// What follows the scheme and at least one blank; nothing for another scheme.
std::optional<std::string_view> token_of(std::string_view field) {
  detail::ValueScanner scanner(field);
  if (!equal_ignoring_case(scanner.take_token(), "Basic") || !scanner.take(' '))
    return std::nullopt;
  scanner.skip_blanks();
  return scanner.rest();
}

constexpr std::size_t encoded_bytes(std::size_t bytes) { return (bytes + 2) / 3 * 4; }

}  // namespace

std::optional<BasicCredentials> parse_basic_credentials(std::string_view field, std::size_t limit) {
  const auto token = token_of(field);
  if (!token || token->size() > encoded_bytes(limit)) return std::nullopt;
  const auto pair = decode_base64(*token);
  if (!pair || pair->size() > limit || std::ranges::any_of(*pair, is_ascii_control))
    return std::nullopt;
  const std::size_t colon = pair->find(':');
  if (colon == pair->npos) return std::nullopt;
  return BasicCredentials{.user = pair->substr(0, colon), .password = pair->substr(colon + 1)};
}

std::string format_basic_challenge(std::string_view realm) {
  std::string challenge = "Basic realm=\"";
  for (const char c : realm) {
    if (c == '"' || c == '\\') challenge += '\\';
    challenge += is_ascii_control(c) ? '?' : c;
  }
  challenge += "\", charset=\"UTF-8\"";
  return challenge;
}

}  // namespace patchbay
