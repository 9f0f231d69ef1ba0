// A connection to where a URL's answers come from: TCP by name, and TLS where the scheme asks for
// it.
#pragma once

#include <optional>

#include "patchbay/http/http_url.hpp"
#include "patchbay/net/tcp.hpp"
#include "patchbay/net/tls.hpp"

namespace patchbay {

struct HttpDialOptions {
  const TlsContext* tls = nullptr;  // for https; lives until the connection is there
  ConnectOptions connect = {};
};

struct HttpDialed {
  Stream stream;
  Endpoint peer;
  std::optional<TlsInfo> tls = {};
  Duration connect{};    // for the name and the connection
  Duration handshake{};  // of TLS
};

// Faults: those of TcpStream::connect (RFC 8305: the first address that answers wins) and of
// tls_connect; the peer must prove to be the URL's host. `protocol` for https without a context.
Task<Result<HttpDialed>> dial_http(HttpUrl url, HttpDialOptions options, Deadline deadline = {});

}  // namespace patchbay
