#include "patchbay/wire/websocket_frame.hpp"

#include <bit>
#include <cstring>

#include "patchbay/base/text.hpp"

namespace patchbay {
namespace {

constexpr std::uint8_t k_final_bit = 0x80;
constexpr std::uint8_t k_rsv1_bit = 0x40;
constexpr std::uint8_t k_other_rsv_bits = 0x30;
constexpr std::uint8_t k_mask_bit = 0x80;
constexpr std::uint8_t k_length_16 = 126;
constexpr std::uint8_t k_length_64 = 127;
constexpr std::size_t k_close_reason_max_bytes = k_websocket_control_max_bytes - 2;

Error breach(const char* why) {
  return Error(Fault::protocol, "read a WebSocket frame").because(why);
}

constexpr bool is_known(std::uint8_t opcode) {
  return opcode <= 0x2 || (opcode >= 0x8 && opcode <= 0xa);
}

std::uint64_t big_endian(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (const std::byte byte : bytes) value = value << 8 | std::to_integer<std::uint64_t>(byte);
  return value;
}

// The first byte: the flags and the opcode.
Result<> read_flags(std::uint8_t byte, WebSocketFrameHead& head) {
  if ((byte & k_other_rsv_bits) != 0) return breach("a reserved bit is set");
  if (!is_known(byte & 0xf)) return breach("its opcode has no meaning");
  head.opcode = static_cast<WebSocketOpcode>(byte & 0xf);
  head.final = (byte & k_final_bit) != 0;
  head.compressed = (byte & k_rsv1_bit) != 0;
  if (is_control(head.opcode) && !head.final) return breach("a control frame is a fragment");
  const bool begins_message =
      head.opcode == WebSocketOpcode::text || head.opcode == WebSocketOpcode::binary;
  if (head.compressed && !begins_message) {
    return breach("RSV1 is set on a frame that does not begin a message");
  }
  return ok();
}

std::size_t extended_bytes(std::uint8_t length) {
  if (length < k_length_16) return 0;
  return length == k_length_16 ? 2 : 8;
}

Result<> read_length(std::uint8_t length, std::span<const std::byte> extended,
                     WebSocketFrameHead& head) {
  head.payload_bytes = extended.empty() ? length : big_endian(extended);
  if (head.payload_bytes >> 63 != 0) return breach("its length is 2^63 or more");
  const std::uint64_t least = extended.empty() ? 0 : extended.size() == 2 ? 126 : 0x10000;
  if (head.payload_bytes < least) return breach("its length is not in the shortest form");
  return ok();
}

}  // namespace

Result<WebSocketHeadRead> read_websocket_head(std::span<const std::byte> bytes) {
  WebSocketHeadRead read;
  if (bytes.empty()) return read;
  WebSocketFrameHead head;
  if (const auto flags = read_flags(std::to_integer<std::uint8_t>(bytes[0]), head); !flags) {
    return flags.error();
  }
  if (bytes.size() < 2) return read;

  const auto second = std::to_integer<std::uint8_t>(bytes[1]);
  const std::uint8_t length = second & 0x7f;
  const bool masked = (second & k_mask_bit) != 0;
  if (is_control(head.opcode) && length > k_websocket_control_max_bytes) {
    return breach("a control frame is longer than 125 bytes");
  }
  const std::size_t extended = extended_bytes(length);
  read.bytes = 2 + extended + (masked ? 4 : 0);
  if (bytes.size() < 2 + extended) return read;
  if (const auto known = read_length(length, bytes.subspan(2, extended), head); !known) {
    return known.error();
  }
  if (bytes.size() < read.bytes) return read;
  if (masked) std::memcpy(head.mask.emplace().data(), bytes.data() + 2 + extended, 4);
  read.head = head;
  return read;
}

std::size_t write_websocket_head(const WebSocketFrameHead& head,
                                 std::span<std::byte, k_websocket_head_max_bytes> into) {
  const auto flags = static_cast<std::uint8_t>(static_cast<std::uint8_t>(head.opcode) |
                                               (head.final ? k_final_bit : 0) |
                                               (head.compressed ? k_rsv1_bit : 0));
  into[0] = std::byte{flags};
  std::uint8_t length = k_length_64;
  if (head.payload_bytes < k_length_16) {
    length = static_cast<std::uint8_t>(head.payload_bytes);
  } else if (head.payload_bytes <= 0xffff) {
    length = k_length_16;
  }
  into[1] = std::byte{length} | (head.mask ? std::byte{k_mask_bit} : std::byte{0});
  std::size_t size = 2;
  for (std::size_t left = extended_bytes(length); left > 0; --left) {
    into[size++] = static_cast<std::byte>(head.payload_bytes >> (8 * (left - 1)));
  }
  if (!head.mask) return size;
  std::memcpy(into.data() + size, head.mask->data(), 4);
  return size + 4;
}

void append_websocket_frame(std::string& out, WebSocketFrameHead head, std::string_view payload) {
  head.payload_bytes = payload.size();
  std::array<std::byte, k_websocket_head_max_bytes> bytes;
  const std::size_t head_bytes = write_websocket_head(head, bytes);
  out += as_text(std::span(bytes).first(head_bytes));
  const std::size_t begin = out.size();
  out += payload;
  if (!head.mask) return;
  apply_websocket_mask(std::as_writable_bytes(std::span(out).subspan(begin)), *head.mask);
}

void apply_websocket_mask(std::span<std::byte> bytes, const WebSocketMask& mask,
                          std::uint64_t offset) {
  std::array<std::byte, 8> twice;
  for (std::size_t i = 0; i < 8; ++i) twice[i] = mask[(offset + i) % 4];
  std::uint64_t word;
  std::memcpy(&word, twice.data(), 8);

  std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint64_t part;
    std::memcpy(&part, at, 8);
    part ^= word;
    std::memcpy(at, &part, 8);
  }
  for (std::size_t i = 0; i < left; ++i) at[i] ^= twice[i];
}

bool may_be_sent_as_close_code(std::uint16_t code) {
  if (code >= 3000 && code <= 4999) return true;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

Result<WebSocketClose> read_websocket_close(std::string_view payload) {
  if (payload.empty()) return WebSocketClose{};
  if (payload.size() == 1) return breach("a close frame has half a code");
  const auto code =
      static_cast<std::uint16_t>(big_endian(std::as_bytes(std::span(payload)).first(2)));
  if (!may_be_sent_as_close_code(code))
    return breach("a close frame has a code that may not be sent");
  payload.remove_prefix(2);
  if (!is_valid_utf8(payload)) {
    return Error(Fault::integrity, "read a WebSocket frame")
        .because("the reason for closing is not UTF-8");
  }
  return WebSocketClose{code, payload};
}

std::string write_websocket_close(std::uint16_t code, std::string_view reason) {
  if (code == k_close_no_code) return {};
  if (!may_be_sent_as_close_code(code)) code = k_close_internal_error;
  std::string payload = {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  // Each broken byte of the reason grows to three, so it is cut only then.
  payload += utf8_prefix(to_valid_utf8(reason.substr(0, 2 * k_close_reason_max_bytes)),
                         k_close_reason_max_bytes);
  return payload;
}

std::uint16_t websocket_close_code(const Error& error) {
  switch (error.fault()) {
    case Fault::protocol: return k_close_protocol_error;
    case Fault::integrity: return k_close_invalid_data;
    case Fault::limit: return k_close_too_big;
    default: return k_close_internal_error;
  }
}

}  // namespace patchbay
