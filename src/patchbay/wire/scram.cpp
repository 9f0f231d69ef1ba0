#include "patchbay/wire/scram.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "patchbay/base/ascii.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/wire/base64.hpp"

namespace patchbay {

namespace {

constexpr const char* k_encoding = "invalid-encoding";
constexpr const char* k_name = "invalid-username-encoding";
constexpr const char* k_binding = "channel-binding-not-supported";
constexpr const char* k_extension = "extensions-not-supported";

// Takes what stands before the next comma, and the comma.
std::string_view take_part(std::string_view& rest) {
  const std::string_view part = rest.substr(0, rest.find(','));
  rest.remove_prefix(std::min(part.size() + 1, rest.size()));
  return part;
}

// The value of a part "x=…". Nothing: it is another one.
std::optional<std::string_view> value_of(std::string_view part, char key) {
  if (part.size() < 2 || part[0] != key || part[1] != '=') return std::nullopt;
  return part.substr(2);
}

// ',' and '=' stand in a name as "=2C" and "=3D" (section 5.1).
std::optional<std::string> decode_name(std::string_view text) {
  if (text.empty() || !is_valid_utf8(text) || text.contains('\0')) return std::nullopt;
  std::string name;
  while (!text.empty()) {
    const std::size_t plain = std::min(text.find('='), text.size());
    name += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    if (!text.starts_with("=2C") && !text.starts_with("=3D")) return std::nullopt;
    name += text[1] == '2' ? ',' : '=';
    text.remove_prefix(3);
  }
  return name;
}

// Visible characters of ASCII; a comma has ended it already.
bool is_nonce(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, is_ascii_visible);
}

}  // namespace

std::expected<ScramClientFirst, const char*> parse_scram_client_first(std::string_view text) {
  std::string_view rest = text;
  const std::string_view flag = take_part(rest);
  if (flag.starts_with("p=")) return std::unexpected(k_binding);
  if (flag != "n" && flag != "y") return std::unexpected(k_encoding);
  const std::string_view authorized = take_part(rest);
  ScramClientFirst first;
  if (!authorized.empty()) {
    const auto value = value_of(authorized, 'a');
    auto name = value ? decode_name(*value) : std::nullopt;
    if (!name) return std::unexpected(k_name);
    first.authorized = std::move(*name);
  }
  first.bare = rest;
  first.header = text.substr(0, text.size() - rest.size());
  if (!first.header.ends_with(',')) return std::unexpected(k_encoding);  // there is no second comma

  if (rest.starts_with("m=")) return std::unexpected(k_extension);
  const auto name = value_of(take_part(rest), 'n');
  const auto nonce = value_of(take_part(rest), 'r');
  if (!name || !nonce || !is_nonce(*nonce)) return std::unexpected(k_encoding);
  auto decoded = decode_name(*name);
  if (!decoded) return std::unexpected(k_name);
  first.name = std::move(*decoded);
  first.nonce = *nonce;
  return first;
}

std::expected<ScramClientFinal, const char*> parse_scram_client_final(std::string_view text) {
  const std::size_t proof_at = text.rfind(",p=");
  if (proof_at == text.npos) return std::unexpected(k_encoding);
  std::string_view rest = text.substr(0, proof_at);
  ScramClientFinal final{.without_proof = rest};
  const auto binding = value_of(take_part(rest), 'c');
  const auto nonce = value_of(take_part(rest), 'r');
  if (!binding || !nonce || !is_nonce(*nonce)) return std::unexpected(k_encoding);
  if (rest.starts_with("m=")) return std::unexpected(k_extension);
  auto bound = decode_base64(*binding);
  auto proof = decode_base64(text.substr(proof_at + 3));
  if (!bound || !proof || proof->empty()) return std::unexpected(k_encoding);
  final.binding = std::move(*bound);
  final.proof = std::move(*proof);
  final.nonce = *nonce;
  return final;
}

std::string write_scram_server_first(std::string_view nonce, std::string_view salt,
                                     int iterations) {
  std::string text = "r=";
  return (text += nonce) += ",s=" + encode_base64(salt) + ",i=" + std::to_string(iterations);
}

std::string write_scram_server_final(std::string_view signature) {
  return "v=" + encode_base64(signature);
}

}  // namespace patchbay
