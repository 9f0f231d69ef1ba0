// For websocket.hpp: the half of a WebSocket that writes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "patchbay/http/websocket_connection.hpp"
#include "patchbay/http/websocket_turn.hpp"

namespace patchbay {

// What is written goes through one place, which one task at a time has: its turn. Whoever receives
// never waits for a turn. It leaves what it has to say in `notes_`, and if another task has the
// turn, that one writes it before its next frame.
class WebSocketOutput {
 public:
  // `connection` outlives it.
  explicit WebSocketOutput(WebSocketConnection& connection);

  // As WebSocket::send(), send_frames() and ping().
  Task<Result<>> send(WebSocketOpcode kind, std::string_view payload, Deadline deadline);
  Task<Result<>> send_frames(std::string_view made, Deadline deadline);
  Task<Result<>> ping(std::string_view payload, Deadline deadline);
  // Writes the close frame, if none was written. `closed` where the connection is lost.
  Task<Result<>> close(std::uint16_t code, std::string_view reason, Deadline deadline);

  // --- for the receiver: what is to be written, and then the writing of it -----------------------
  void note_pong(std::string payload) { notes_.pong = std::move(payload); }
  void note_ping() { notes_.ping = true; }
  void note_close(std::uint16_t code, std::string_view reason);
  // Nothing to do if another task has the turn. A peer that does not read within the patience of
  // the options is given up: timed_out, and the connection is over.
  Task<Result<>> write_notes_if_free();
  // The close frame is written, and nobody writes.
  bool is_done() const { return close_sent_ && !turn_.is_taken(); }

 private:
  // What the receiver has to say; and what of it stands in a buffer that is being written.
  struct Notes {
    std::optional<std::string> pong = {};  // to the latest ping: RFC 6455 section 5.5.3
    bool ping = false;
    bool close = false;
    bool any() const { return pong || ping || close; }
  };

  Task<Result<>> wait_for_turn(Deadline deadline);
  Result<> may_send() const;
  WebSocketMask mask() const;
  Notes append_notes(std::string& out);
  void put_back(Notes notes);
  Task<Result<>> write(std::string_view out, Notes notes, Deadline deadline);
  Task<Result<>> write_notes(Deadline deadline);

  WebSocketConnection& connection_;
  WebSocketSender sender_;
  WebSocketTurn turn_;
  bool cut_off_ = false;  // a message ended in the middle
  Notes notes_;
  std::optional<std::string> close_;  // the payload of the close frame
  bool close_sent_ = false;
};

}  // namespace patchbay
