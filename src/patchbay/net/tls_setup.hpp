// TlsSetup: what stands behind a TlsContext, in OpenSSL's terms. Sessions share the one they began
// with.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <vector>

#include "patchbay/net/tls_context.hpp"
#include "patchbay/net/tls_names.hpp"

namespace patchbay {

using TlsNative = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;

struct TlsSetup {
  TlsNative native{nullptr, SSL_CTX_free};
  std::vector<TlsNative> named = {};  // of a server, for further certificates
  TlsNames names = {};                // of all its certificates
  bool is_server = false;
  TlsClientOptions client;
  TlsServerOptions server;
  std::vector<unsigned char> alpn;  // each name behind its length, as the wire has them
};

}  // namespace patchbay
