// For websocket.hpp: what both halves of a WebSocket know of their connection.
#pragma once

#include <cstdint>
#include <string>

#include "patchbay/http/websocket.hpp"

namespace patchbay {

struct WebSocketConnection {
  Stream stream;
  const WebSocketRole role;
  const WebSocketOptions options;
  const WebSocketAgreement agreement;

  bool over = false;  // nothing more can be received
  bool close_received = false;
  std::uint16_t close_code = k_close_abnormal;
  std::string close_reason = {};

  Deadline patience() const { return Deadline::after(options.write_patience); }
  // After a timeout or a cancel the operation may be tried again; no other fault leaves that.
  void note_failure(const Error& error) {
    over = over || (error.fault() != Fault::timed_out && error.fault() != Fault::cancelled);
  }
};

inline constexpr const char* k_websocket_receiving = "receive from a WebSocket";

}  // namespace patchbay
