// A whole run of `http serve`: from a plan to loops on threads, and to an exit code.
#pragma once

#include <optional>
#include <vector>

#include "patchbay/http/http_options.hpp"
#include "patchbay/net/tls_context.hpp"
#include "patchbay/tools/http/access_log.hpp"
#include "patchbay/tools/http/site.hpp"

namespace patchbay {

// All that is known before the first loop runs.
struct HttpServePlan {
  std::vector<Endpoint> endpoints;
  std::vector<int> inherited = {};  // sockets in place of the endpoints
  SiteOptions site;
  HttpLimits limits;
  Duration grace = 10s;
  LogFormat log = LogFormat::common;
  unsigned threads = 1;
  int backlog = 4096;
  std::optional<TlsServerOptions> tls;
  bool shows_qr_code = false;          // of the first address, on a terminal
  std::vector<Endpoint> metrics = {};  // where the numbers are told; empty: nowhere
};

// Listens, prints and serves until a signal comes.
int run_http_server(HttpServePlan& plan, Output& out);

}  // namespace patchbay
