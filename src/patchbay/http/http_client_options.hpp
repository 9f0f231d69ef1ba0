// How a client is to speak, with whom, and what it lets its servers do.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "patchbay/http/http_client_limits.hpp"
#include "patchbay/net/tcp.hpp"
#include "patchbay/net/tls_context.hpp"

namespace patchbay {

enum class HttpVersions : std::uint8_t {
  any,    // over TLS what the server chooses (ALPN, RFC 7301), in the clear HTTP/1.1
  http1,  // HTTP/1.1, which the server is known to speak, chunks and all
  http2,  // HTTP/2; in the clear without asking first (RFC 9113 section 3.3)
};

struct HttpClientOptions {
  HttpVersions versions = HttpVersions::any;
  TlsClientOptions tls = {};  // the protocols on offer are the client's own affair
  ConnectOptions connect = {};
  HttpClientLimits limits = {};
  bool follow_redirects = true;     // false: a 3xx is an answer like any other
  std::size_t most_redirects = 10;  // of one request; one more is `limit`
  bool allow_downgrade = false;     // from https to http
  // The least rate of a body, in bytes a second, counted from its beginning on and after a time of
  // grace. 0: as slow as it likes.
  std::uint64_t least_rate = 0;
  Duration grace = 10s;
  std::size_t kept_connections = 8;  // idle ones, of each version; 0: none is shared either
  Duration kept_for = 30s;           // since they were last used
  std::string user_agent = "patchbay";
};

}  // namespace patchbay
