// The conversations that a TCP server can hold, and the server as they see it.
#pragma once

#include <optional>

#include "patchbay/tools/echo/serve_tcp.hpp"

namespace patchbay {

// What the clients of one loop share.
struct TcpServer {
  const TcpServeOptions& options;
  TcpServeTotals& totals;
  TcpServeEvents* events;
  std::size_t clients = 0;
  bool told_full = false;
  bool answered = false;             // `once` is fulfilled
  std::optional<Error> failure = {};  // what ended the server, if that was no cancel
  Event room{true};                  // there are fewer than max_clients

  Deadline idle_deadline() const { return Deadline::after(options.idle); }
  void enter();
  void leave();
};

// Serves one client to its end. Children of the server's group.
using TcpClientTask = Task<> (*)(TcpServer& server, Stream stream);

// The one that fits the server's options.
TcpClientTask choose_client_task(const TcpServer& server);

}  // namespace patchbay
