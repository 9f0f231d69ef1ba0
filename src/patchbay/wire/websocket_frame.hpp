// WebSocket frames (RFC 6455 section 5): the head of a frame, the mask, and what a close frame
// says.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "patchbay/base/result.hpp"

namespace patchbay {

// Which end of the connection this side is: clients mask what they send, servers do not.
enum class WebSocketRole : std::uint8_t { client, server };

// What a frame is (section 5.2); no other value means anything.
enum class WebSocketOpcode : std::uint8_t {
  continuation = 0x0,
  text = 0x1,
  binary = 0x2,
  close = 0x8,
  ping = 0x9,
  pong = 0xa,
};

// Close, ping and pong: they may come between the fragments of a message.
constexpr bool is_control(WebSocketOpcode opcode) {
  return static_cast<std::uint8_t>(opcode) >= 0x8;
}

// In the order in which the bytes are sent.
using WebSocketMask = std::array<std::byte, 4>;

struct WebSocketFrameHead {
  WebSocketOpcode opcode = WebSocketOpcode::binary;
  bool final = true;                       // the last frame of its message
  bool compressed = false;                 // RSV1, as RFC 7692 section 6 uses it
  std::optional<WebSocketMask> mask = {};  // present if the payload is masked
  std::uint64_t payload_bytes = 0;         // below 2^63

  bool operator==(const WebSocketFrameHead&) const = default;
};

inline constexpr std::size_t k_websocket_head_max_bytes = 14;
inline constexpr std::size_t k_websocket_control_max_bytes = 125;

// What is known of a head from its first bytes.
struct WebSocketHeadRead {
  // How long the head is, 2 to 14. With fewer bytes than that given: how many are needed to know
  // more, and `head` is not set.
  std::size_t bytes = 2;
  std::optional<WebSocketFrameHead> head = {};
};

// Reads the head that `bytes` begins with. A breach of RFC 6455 section 5.2 or 5.5 is a `protocol`
// error as soon as the byte that shows it is there: RSV2 or RSV3, an opcode that has no meaning, a
// control frame that is a fragment or longer than 125 bytes, a length of 2^63 or more or one that
// is not written in the shortest way; and RSV1 on a frame that does not begin a message (RFC 7692
// section 6.1). Whether RSV1, a mask or a fragment is in place here is for the caller to know.
Result<WebSocketHeadRead> read_websocket_head(std::span<const std::byte> bytes);

// Writes a head, with a length in the shortest form; returns how many bytes it takes.
std::size_t write_websocket_head(const WebSocketFrameHead& head,
                                 std::span<std::byte, k_websocket_head_max_bytes> into);

// Appends a whole frame, masked if its head has a mask. The length is the payload's own.
void append_websocket_frame(std::string& out, WebSocketFrameHead head, std::string_view payload);

// Masks, or takes the mask off, which is the same (RFC 6455 section 5.3). `offset` is how many
// bytes of the payload came before these.
void apply_websocket_mask(std::span<std::byte> bytes, const WebSocketMask& mask,
                          std::uint64_t offset = 0);

// Codes of RFC 6455 section 7.4.1 that this side has a use for.
enum WebSocketCloseCode : std::uint16_t {
  k_close_normal = 1000,
  k_close_going_away = 1001,
  k_close_protocol_error = 1002,
  k_close_unsupported_data = 1003,
  k_close_no_code = 1005,   // never sent: the frame has no code
  k_close_abnormal = 1006,  // never sent: the connection ended without a close frame
  k_close_invalid_data = 1007,
  k_close_policy_violation = 1008,
  k_close_too_big = 1009,
  k_close_internal_error = 1011,
};

// May the code stand in a close frame? Those are 1000 to 1003 and 1007 to 1014 (RFC 6455 section
// 7.4.1 and the IANA registry, which added 1012 to 1014), and the private ones 3000 to 4999.
// 1004, 1005, 1006 and 1015 are reserved, the rest has no meaning yet.
bool may_be_sent_as_close_code(std::uint16_t code);

struct WebSocketClose {
  std::uint16_t code = k_close_no_code;
  std::string_view reason = {};  // UTF-8, at most 123 bytes; into the payload it was read from
};

// Reads the payload of a close frame. `protocol` for one byte or a code that may not be sent,
// `integrity` for a reason that is not UTF-8.
Result<WebSocketClose> read_websocket_close(std::string_view payload);

// The payload of a close frame: empty for k_close_no_code. A reason that is too long is cut at the
// end of a character. A code that may not be sent is a mistake of the caller: 1011 goes instead.
std::string write_websocket_close(std::uint16_t code, std::string_view reason);

// What to close with after an error that what a peer sent has brought: 1002 for `protocol`, 1007
// for `integrity`, 1009 for `limit`, 1011 for others.
std::uint16_t websocket_close_code(const Error& error);

}  // namespace patchbay
