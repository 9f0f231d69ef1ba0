#include <fmt/format.h>

#include "patchbay/net/tls_context.hpp"

namespace patchbay {

namespace {

int digit_of(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

}  // namespace

Result<TlsPin> TlsPin::parse(std::string_view text) {
  const Error malformed =
      Error(Fault::protocol, "read the pin", "a pin is the SHA-256 of a key: 64 hexadecimal digits",
            "`openssl x509 -in CERT -noout -pubkey | openssl pkey -pubin -outform der | sha256sum`")
          .about(text);
  if (text.starts_with("sha256:")) text.remove_prefix(7);
  TlsPin pin;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool between_bytes = digits % 2 == 0 && digits > 0 && i + 1 < text.size();
    if (text[i] == ':' && between_bytes && text[i - 1] != ':') continue;
    const int value = digit_of(text[i]);
    if (value < 0 || digits == 64) return malformed;
    std::uint8_t& byte = pin.digest[digits / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
    ++digits;
  }
  return digits == 64 ? Result<TlsPin>(pin) : malformed;
}

std::string TlsPin::to_string() const {
  std::string text;
  for (const std::uint8_t byte : digest) fmt::format_to(std::back_inserter(text), "{:02x}", byte);
  return text;
}

}  // namespace patchbay
