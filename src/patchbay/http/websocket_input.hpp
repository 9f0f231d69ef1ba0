// For websocket.hpp: the half of a WebSocket that receives.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "patchbay/http/websocket_connection.hpp"
#include "patchbay/http/websocket_output.hpp"
#include "patchbay/http/websocket_turn.hpp"

namespace patchbay {

// Answers pings and a close by the way, and looks after a peer that is silent.
class WebSocketInput {
 public:
  // Both outlive it. `already_read` comes before what the stream has.
  WebSocketInput(WebSocketConnection& connection, WebSocketOutput& output,
                 std::string already_read);
  WebSocketInput(const WebSocketInput&) = delete;
  WebSocketInput& operator=(const WebSocketInput&) = delete;

  // As WebSocket::receive().
  Task<Result<WebSocketMessage>> receive(Deadline deadline);
  // Until the peer's close frame is here. Messages are thrown away, unless another task receives
  // them.
  Task<Result<>> discard_until_closed(Deadline deadline);
  // Until the peer has ended its side, or has sent more than anybody would wait for.
  Task<> drain(Deadline deadline);

 private:
  Task<Result<WebSocketEvent>> next_event(Deadline deadline);
  Task<Result<>> read_more(Deadline deadline);
  Task<Result<>> look_after_silence();
  Task<Error> end_by_peer(WebSocketEvent event);
  Task<Error> end_by_fault(Error fault);
  Deadline silence_ends() const;

  WebSocketConnection& connection_;
  WebSocketOutput& output_;
  WebSocketReceiver receiver_;
  std::string first_bytes_;  // what came with the handshake
  Lease lease_;
  std::span<const std::byte> unread_;  // of first_bytes_ or of lease_
  WebSocketTurn turn_;
  Instant last_heard_;
  std::optional<Instant> pinged_;  // since the peer was last heard
};

}  // namespace patchbay
