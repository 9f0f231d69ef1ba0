// A TCP server for one of a few simple conversations, as `patchbay tcp serve` runs it.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "patchbay/base/result.hpp"
#include "patchbay/net/event.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/tcp.hpp"

namespace patchbay {

struct TcpServeOptions {
  bool once = false;                  // end after the first answer
  std::size_t max_clients = 100'000;  // further ones wait in the listener's backlog
  // How long a client may send nothing, and how long it may leave an answer unread.
  // Duration::max() for ever.
  Duration idle = 5min;
};

// Why a conversation ended.
enum class Parting : std::uint8_t {
  left,         // the client ended its side, and has its answers
  answered,     // it got the one answer it was to get
  idle,         // it sent nothing for so long
  not_reading,  // it did not take its answer for so long
  reset,        // it broke the connection off
  lost,         // the network lost it
  stopped,      // this server was told to stop
};

// One client's stay.
struct TcpVisit {
  Endpoint peer;
  Instant since{};
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
};

// What a server tells about its clients while it runs, on its loop's thread. Who takes long to listen
// makes the clients wait.
class TcpServeEvents {
 public:
  virtual ~TcpServeEvents() = default;
  virtual void joined(const TcpVisit& visit) = 0;
  virtual void message(const TcpVisit& visit, std::span<const std::byte> bytes) = 0;
  virtual void left(const TcpVisit& visit, Parting parting) = 0;
  // max_clients are here; said again only after the number has fallen to half of it.
  virtual void full(std::size_t clients) = 0;
};

struct TcpServeTotals {
  std::uint64_t clients = 0;
  std::uint64_t cut_clients = 0;  // still talking when the server was told to stop
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
};

// Serves until the task is cancelled, which is no failure, or until `once` is fulfilled. Without
// events nothing is told and no client's address is asked for. `totals` and `events` are borrowed.
Task<Result<>> serve_tcp(std::vector<TcpListener> listeners, TcpServeOptions options,
                         TcpServeTotals& totals, TcpServeEvents* events);

}  // namespace patchbay
