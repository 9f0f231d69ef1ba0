// WebSocket: messages both ways over a stream, after its handshake (RFC 6455, RFC 7692).
//
//   for (;;) {
//     const auto message = co_await socket.receive(Deadline::never());
//     if (!message) co_return;                       // closed, a breach of the rules, silence
//     if (const auto sent = co_await socket.send(*message, Deadline::after(10s)); !sent) co_return;
//   }
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "patchbay/base/result.hpp"
#include "patchbay/net/stream.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/wire/websocket_message.hpp"

namespace patchbay {

struct WebSocketOptions {
  // Of a message that is received, compressed or not. A longer one ends the connection (1009).
  std::size_t message_max_bytes = k_websocket_message_max_bytes;
  // What is sent: from which size on it is compressed, if that was agreed on, and how it is cut.
  WebSocketSenderOptions sending = {};
  // After that long without a byte from the peer receive() sends a ping; 0: never.
  Duration ping_after = 30s;
  // How long after a ping the peer may still be silent.
  Duration pong_timeout = 20s;
  // How long receive() tries to write what it writes by itself: pings, pongs and the answer to a
  // close. A peer that does not read for so long has lost the connection.
  Duration write_patience = 10s;
  // How long a connection that has failed, or that a client has closed, is kept so that the peer
  // can read the last frame and end it.
  Duration goodbye_timeout = 2s;
};

struct WebSocketMessage {
  bool is_text = true;  // then it is UTF-8
  std::string data = {};

  bool operator==(const WebSocketMessage&) const = default;
};

// Move-only, also while operations go on; it must not end before they have. One task may receive
// while others send: their messages follow each other whole.
class WebSocket {
 public:
  // `stream` has said and heard everything of its handshake; `already_read` is what came with it.
  static WebSocket server(Stream stream, std::string already_read, WebSocketAgreement agreement,
                          const WebSocketOptions& options = {});
  static WebSocket client(Stream stream, std::string already_read, WebSocketAgreement agreement,
                          const WebSocketOptions& options = {});
  WebSocket(WebSocket&& other) noexcept;
  WebSocket& operator=(WebSocket&& other) noexcept;
  ~WebSocket();  // without a goodbye; see close()

  // The next message. By the way it answers pings and a close, and finds out whether a silent peer
  // is still there, so let one task always receive. A timeout or a cancel loses nothing: the next
  // call goes on. Where it writes it may take write_patience longer than its deadline, and where
  // the peer broke the rules goodbye_timeout.
  //
  // Faults: `closed`, see close_code(); timed_out, which is also for a peer that is silent for too
  // long or does not read (then is_open() is false); `protocol`, `integrity`, `limit` for a peer
  // that broke the rules, which was told so by a close frame; those of the stream.
  Task<Result<WebSocketMessage>> receive(Deadline deadline);

  // What is sent must live until the operation has ended. After a fault the message has not been
  // sent; if a part of it has left, or the fault is `closed`, nothing can be sent any more.
  // `integrity` for text that is not UTF-8, of which nothing is sent.
  Task<Result<>> send_text(std::string_view text, Deadline deadline);
  Task<Result<>> send_binary(std::span<const std::byte> bytes, Deadline deadline);
  Task<Result<>> send(const WebSocketMessage& message, Deadline deadline);

  // For a server that sends the same to many, and makes the frames of it once: bytes that are whole
  // frames of whole messages as a server writes them (append_websocket_frame()), not compressed.
  // They are sent as they are; the rest as above.
  Task<Result<>> send_frames(std::string_view made, Deadline deadline);

  // A ping of one's own, of at most 125 bytes; receive() takes the answer for itself.
  Task<Result<>> ping(std::string_view payload, Deadline deadline);

  // Says goodbye, waits until the peer has too, and ends the stream in any case. Messages that come
  // meanwhile are thrown away, unless another task receives them. A code that may not be sent
  // becomes 1011; a reason is cut at 123 bytes. `closed` where the connection was lost before.
  Task<Result<>> close(std::uint16_t code, std::string reason, Deadline deadline);

  // False once nothing can be received any more.
  bool is_open() const;
  // Why: the code of the peer's close frame (1005 if it has none), or the one that this side has
  // ended the connection with; 1006 as long as there is neither.
  std::uint16_t close_code() const;
  // The peer's words, in UTF-8: escape them.
  const std::string& close_reason() const;

  const std::string& protocol() const;  // the subprotocol; empty: none
  bool compresses() const;
  const Stream& stream() const;

 private:
  struct State;
  explicit WebSocket(std::unique_ptr<State> state);

  std::unique_ptr<State> state_;
};

}  // namespace patchbay
