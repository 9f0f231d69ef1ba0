// One client of a TCP server, from its accept to its end, and the server as it sees it.
#pragma once

#include <optional>
#include <vector>

#include "patchbay/net/event.hpp"
#include "patchbay/tools/echo/serve_tcp.hpp"

namespace patchbay {

// What the clients of one loop share.
struct TcpServer {
  const TcpServeOptions& options;
  TcpServeTotals& totals;
  TcpServeEvents* events;
  std::vector<TcpListener> listeners;
  Scope* scope = nullptr;  // of the group that all clients live in
  std::size_t clients = 0;
  bool told_full = false;
  bool answered = false;              // the last client has been served
  std::optional<Error> failure = {};  // what ended the server, if that was no cancel
  Event room{true};                   // there are fewer than max_clients

  Deadline idle_deadline() const { return Deadline::after(options.idle); }
  void enter();
  void leave();
  // Bytes came from a client.
  void hear(TcpVisit& visit, std::span<const std::byte> bytes);
  // What they said is told apart from how many they were where a receive brings several lines.
  void tell(const TcpVisit& visit, std::string_view message);
};

// Serves one client to its end, as a child of the server's group.
using TcpClientTask = Task<> (*)(TcpServer& server, Stream stream);

// The one that fits the server's options.
TcpClientTask choose_client_task(const TcpServer& server);

}  // namespace patchbay
