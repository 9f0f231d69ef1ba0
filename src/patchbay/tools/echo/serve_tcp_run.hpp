// A whole run of `tcp serve`: from a plan to loops on threads, and to an exit code.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "patchbay/net/tls_context.hpp"
#include "patchbay/tools/echo/serve_tcp.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

// All that is known before the first loop runs.
struct TcpServePlan {
  std::vector<Endpoint> endpoints;
  ListenOptions listen;
  TcpServeOptions serve;
  unsigned threads = 1;
  std::vector<TcpServeTotals> totals;  // one a thread
  bool joins_stdio = false;
  bool tells = true;  // what clients do is printed
  std::optional<TlsServerOptions> tls;
  CertificateReloads reloads;
  std::string answers;
};

// Listens, prints and serves until a signal comes or the server has ended by itself.
int run_tcp_server(TcpServePlan& plan, Output& out);

}  // namespace patchbay
