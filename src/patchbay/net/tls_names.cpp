#include "patchbay/net/tls_names.hpp"

#include <algorithm>

#include "patchbay/net/tls_certificate.hpp"

namespace patchbay {

namespace {

std::string in_lower_case(std::string_view name) {
  std::string text(name);
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  return text;
}

}  // namespace

bool TlsNames::add(SSL_CTX* context) {
  const auto names = host_names_of(*SSL_CTX_get0_certificate(context));
  for (const std::string& name : names) contexts_.try_emplace(in_lower_case(name), context);
  return !names.empty();
}

SSL_CTX* TlsNames::find(std::string_view name) const {
  const std::string asked = in_lower_case(name);
  // A client must not make a wildcard of its own.
  if (asked.find('*') != std::string::npos) return nullptr;
  if (const auto whole = contexts_.find(asked); whole != contexts_.end()) return whole->second;
  const std::size_t dot = asked.find('.');
  if (dot == std::string::npos || dot == 0) return nullptr;
  const auto wildcard = contexts_.find("*" + asked.substr(dot));
  return wildcard == contexts_.end() ? nullptr : wildcard->second;
}

}  // namespace patchbay
