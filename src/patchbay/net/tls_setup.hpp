// TlsSetup: what stands behind a TlsContext, in OpenSSL's terms. Sessions share the one they began
// with.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "patchbay/net/tls_context.hpp"

namespace patchbay {

struct TlsSetup {
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> native{nullptr, SSL_CTX_free};
  bool is_server = false;
  TlsClientOptions client;
  TlsServerOptions server;
  std::vector<unsigned char> alpn;  // each name behind its length, as the wire has them
};

}  // namespace patchbay
