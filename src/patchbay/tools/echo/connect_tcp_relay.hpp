// Joins a connection to two other streams: what comes in goes to the peer, what the peer says goes
// out.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "patchbay/net/stream.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/tools/echo/connect_view.hpp"

namespace patchbay {

struct RelayOptions {
  bool crlf = false;                      // newlines to the peer become CR LF
  bool end_with_peer = false;             // somebody types: the input ends with the peer, too
  std::optional<Duration> timeout = {};   // nothing in either direction for so long: timed_out
  ConnectView* view = nullptr;            // borrowed; null passes bytes as they are
  std::function<void()> peer_ended = {};  // after the last byte has gone to the output
};

struct RelayTotals {
  std::uint64_t sent_bytes = 0;
  std::uint64_t received_bytes = 0;
};

struct RelayStreams {
  Stream& peer;
  Stream& input;
  Stream& output;
};

// Until both directions have ended. Each ends by itself and the other goes on: the end of the input
// ends the sending side of the connection, the end of the peer closes the output. At most one piece
// is held for each direction, so whoever is slow slows down whoever sends. An output whose reader
// has left ends the relay without a fault. `totals` counts also when it fails. The streams and the
// options' view must outlive the task.
Task<Result<>> relay(RelayStreams streams, RelayOptions options, RelayTotals& totals);

}  // namespace patchbay
