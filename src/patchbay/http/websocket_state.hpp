// For websocket.hpp: what a WebSocket is made of.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "patchbay/http/websocket.hpp"
#include "patchbay/net/event.hpp"

namespace patchbay {

inline constexpr const char* k_websocket_receiving = "receive from a WebSocket";

// Is the connection over after such a fault, or may the operation be tried again?
inline bool is_lasting(const Error& error) {
  return error.fault() != Fault::timed_out && error.fault() != Fault::cancelled;
}

// What is written goes through one place, which one task at a time has: its turn. Whoever receives
// never waits for a turn. It leaves what it has to say in `notes_`, and if another task has the
// turn, that one writes it before its next frame.
struct WebSocket::State {
  State(WebSocketRole role, Stream its_stream, std::string already_read,
        WebSocketAgreement agreement, const WebSocketOptions& its_options);

  Task<Result<WebSocketMessage>> receive(Deadline deadline);
  Task<Result<>> send(WebSocketOpcode kind, std::string_view payload, Deadline deadline);
  Task<Result<>> ping(std::string_view payload, Deadline deadline);
  Task<Result<>> close(std::uint16_t code, std::string reason, Deadline deadline);

  // --- receiving ---
  class Receiving;
  Task<Result<WebSocketEvent>> next_event(Deadline deadline);
  Task<Result<>> read_more(Deadline deadline);
  Task<Result<>> look_after_silence();
  Task<Error> end_by_peer(WebSocketEvent event);
  Task<Error> end_by_fault(Error fault);
  Task<> drain(Deadline deadline);
  Task<Result<>> discard_until_closed(Deadline deadline);
  Deadline silence_ends() const;

  // --- writing ---
  class Turn;
  // What the receiver has to say; and what of it stands in a buffer that is being written.
  struct Notes {
    std::optional<std::string> pong = {};  // to the latest ping: RFC 6455 section 5.5.3
    bool ping = false;
    bool close = false;
    bool any() const { return pong || ping || close; }
  };
  Task<Result<>> wait_for_turn(Deadline deadline);
  Result<> may_send() const;
  void want_close(std::uint16_t code, std::string_view reason);
  WebSocketMask mask() const;
  Notes append_notes(std::string& out);
  void put_back(Notes notes);
  Task<Result<>> write(std::string_view out, Notes notes, Deadline deadline);
  Task<Result<>> write_notes(Deadline deadline);
  Task<Result<>> write_notes_if_free();
  Deadline patience() const { return Deadline::after(options_.write_patience); }

  Stream stream_;
  const WebSocketRole role_;
  const WebSocketOptions options_;
  const WebSocketAgreement agreement_;

  WebSocketReceiver receiver_;
  std::string first_bytes_;  // what came with the handshake
  Lease lease_;
  std::span<const std::byte> unread_;  // of first_bytes_ or of lease_
  bool receiving_ = false;
  bool over_ = false;  // nothing more can be received
  Event receive_ended_{true};
  Instant last_heard_;
  std::optional<Instant> pinged_;  // since the peer was last heard

  WebSocketSender sender_;
  bool writing_ = false;
  bool cut_off_ = false;  // a message ended in the middle
  Event turn_ended_{true};
  Notes notes_;
  std::optional<std::string> close_;  // the payload of the close frame
  bool close_sent_ = false;

  bool close_received_ = false;
  std::uint16_t close_code_ = k_close_abnormal;
  std::string close_reason_;
};

class WebSocket::State::Receiving {
 public:
  explicit Receiving(State& state) : state_(state) {
    state_.receiving_ = true;
    state_.receive_ended_.reset();
  }
  ~Receiving() {
    state_.receiving_ = false;
    state_.receive_ended_.set();
  }
  Receiving(const Receiving&) = delete;
  Receiving& operator=(const Receiving&) = delete;

 private:
  State& state_;
};

class WebSocket::State::Turn {
 public:
  explicit Turn(State& state) : state_(state) {
    state_.writing_ = true;
    state_.turn_ended_.reset();
  }
  ~Turn() {
    state_.writing_ = false;
    state_.turn_ended_.set();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  State& state_;
};

}  // namespace patchbay
