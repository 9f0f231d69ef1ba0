// WebSocket messages out of frames, and frames out of messages (RFC 6455 sections 5 to 8, RFC 7692
// section 6). Neither does any input or output: they stand between a stream and a program.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "patchbay/base/result.hpp"
#include "patchbay/wire/websocket_deflate.hpp"
#include "patchbay/wire/websocket_frame.hpp"
#include "patchbay/wire/websocket_handshake.hpp"

namespace patchbay {

// Of a message that is received, unless somebody says otherwise.
inline constexpr std::size_t k_websocket_message_max_bytes = 1024 * 1024;

// Something whole that a peer has sent.
struct WebSocketEvent {
  WebSocketOpcode kind = WebSocketOpcode::binary;  // text, binary, ping, pong or close
  std::string payload = {};                        // of a close: the reason
  std::uint16_t code = 0;                          // of a close; k_close_no_code without one

  bool operator==(const WebSocketEvent&) const = default;
};

// Reads what the peer of `role` sends. It may be cut anywhere: the events are the same, and so is
// the fault. Memory: a message that has begun, as far as it has come.
class WebSocketReceiver {
 public:
  // `message_limit`: of a message, compressed or not, in bytes.
  WebSocketReceiver(WebSocketRole role, const std::optional<WebSocketDeflate>& deflate,
                    std::size_t message_limit = k_websocket_message_max_bytes);

  // Takes bytes off the front of `data` until something is whole: nothing when more is needed. What
  // comes after a close frame is thrown away (RFC 6455 section 1.4).
  //
  // A fault ends the connection: it is returned again whatever comes then, and
  // websocket_close_code() has the code for it. `protocol`: a breach of the rules of frames and
  // their order. `integrity`: text that is not UTF-8, known at its first wrong byte, or broken
  // compression. `limit`: a message that is too long, known from its frame's head or, compressed,
  // from what it comes to.
  Result<std::optional<WebSocketEvent>> next(std::span<const std::byte>& data);

  // Has a message, or a frame, begun that is not whole?
  bool unfinished() const { return in_message_ || in_frame_ || head_size_ > 0; }

 private:
  Result<std::optional<WebSocketEvent>> advance(std::span<const std::byte>& data);
  Result<bool> take_head(std::span<const std::byte>& data);
  Result<> begin_frame();
  Result<> begin_data_frame();
  Result<> take_payload(std::span<const std::byte> bytes);
  Result<> take_compressed(std::span<const std::byte> bytes);
  Result<> check_text(bool is_whole);
  Result<std::optional<WebSocketEvent>> end_frame();
  Result<std::optional<WebSocketEvent>> end_control();
  Result<std::optional<WebSocketEvent>> end_message();

  WebSocketRole role_;
  std::size_t message_limit_;
  std::optional<WebSocketInflater> inflater_;

  std::array<std::byte, k_websocket_head_max_bytes> head_bytes_{};
  std::uint8_t head_size_ = 0;  // bytes of a head that is not whole
  bool in_frame_ = false;
  bool in_message_ = false;
  bool compressed_ = false;  // the message
  bool closed_ = false;
  WebSocketOpcode kind_ = WebSocketOpcode::binary;  // of the message
  WebSocketFrameHead head_;                         // of the frame
  std::uint64_t payload_done_ = 0;                  // of the frame
  std::uint64_t compressed_bytes_ = 0;              // announced so far, of the message
  std::size_t checked_ = 0;                         // bytes of the message known to be UTF-8
  std::string message_;
  std::string control_;
  std::optional<Error> fault_;
};

struct WebSocketSenderOptions {
  std::size_t compress_from_bytes = 128;    // shorter messages are sent as they are
  int compression_level = 6;                // 1 (fast) to 9 (small)
  std::size_t frame_max_bytes = 64 * 1024;  // of a longer message each frame has so many; 0 is 1
};

// Cuts messages into frames, so that others can go between them, and compresses them.
class WebSocketSender {
 public:
  using Options = WebSocketSenderOptions;
  WebSocketSender(WebSocketRole role, const std::optional<WebSocketDeflate>& deflate,
                  const Options& options = {});

  // `payload` must live until the message is done or abandoned. Text must be UTF-8.
  void begin(WebSocketOpcode kind, std::string_view payload);
  bool done() const { return !in_message_; }
  // Appends the next frame of the message. A client's is masked with four bytes that nobody can
  // foresee (RFC 6455 section 5.3); a server has no use for them. Fails only without memory.
  Result<> next_frame(std::string& out, const WebSocketMask& mask);
  // The rest of the message is not sent.
  void abandon();

  // Appends a ping, pong or close frame; its payload has at most 125 bytes. It may go between the
  // frames of a message.
  void control_frame(std::string& out, WebSocketOpcode kind, std::string_view payload,
                     const WebSocketMask& mask) const;

 private:
  std::optional<WebSocketMask> mask_if_client(const WebSocketMask& mask) const {
    return role_ == WebSocketRole::client ? std::optional(mask) : std::nullopt;
  }

  WebSocketRole role_;
  Options options_;
  std::optional<WebSocketDeflater> deflater_;
  WebSocketOpcode kind_ = WebSocketOpcode::binary;
  std::string_view payload_;  // what is left of it
  bool in_message_ = false;
  bool is_first_ = false;  // the next frame, of its message
  bool compressed_ = false;
};

}  // namespace patchbay
