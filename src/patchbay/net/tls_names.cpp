#include "patchbay/net/tls_names.hpp"

#include "patchbay/base/ascii.hpp"
#include "patchbay/net/tls_certificate.hpp"

namespace patchbay {

bool TlsNames::add(SSL_CTX* context) {
  const auto names = host_names_of(*SSL_CTX_get0_certificate(context));
  for (const std::string& name : names) contexts_.try_emplace(in_ascii_lower(name), context);
  return !names.empty();
}

SSL_CTX* TlsNames::find(std::string_view name) const {
  const std::string asked = in_ascii_lower(name);
  // A client must not make a wildcard of its own.
  if (asked.find('*') != std::string::npos) return nullptr;
  if (const auto whole = contexts_.find(asked); whole != contexts_.end()) return whole->second;
  const std::size_t dot = asked.find('.');
  if (dot == std::string::npos || dot == 0) return nullptr;
  const auto wildcard = contexts_.find("*" + asked.substr(dot));
  return wildcard == contexts_.end() ? nullptr : wildcard->second;
}

}  // namespace patchbay
