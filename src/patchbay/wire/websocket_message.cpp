#include "patchbay/wire/websocket_message.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "patchbay/base/text.hpp"

namespace patchbay {
namespace {

Error breach(const char* why) {
  return Error(Fault::protocol, "read a WebSocket message").because(why);
}

Error too_long() {
  return Error(Fault::limit, "read a WebSocket message", "it is longer than allowed");
}

// Of data that cannot be made shorter, compression makes a little more. What is beyond that brings
// nothing: empty blocks without an end.
std::uint64_t compressed_limit(std::size_t message_limit) {
  const std::uint64_t overhead = message_limit / 8 + 1024;
  return std::max<std::uint64_t>(message_limit, message_limit + overhead);  // unless it wraps
}

// Eight at a time, since most text is ASCII.
std::size_t ascii_prefix(std::string_view text) {
  std::size_t length = 0;
  for (; text.size() - length >= 8; length += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + length, 8);
    if ((word & 0x8080808080808080) != 0) break;
  }
  return length;
}

std::optional<WebSocketInflater> inflater_for(WebSocketRole role,
                                              const std::optional<WebSocketDeflate>& deflate) {
  if (!deflate) return std::nullopt;
  if (role == WebSocketRole::server) {
    return WebSocketInflater(deflate->client_max_window_bits, !deflate->client_no_context_takeover);
  }
  return WebSocketInflater(deflate->server_max_window_bits, !deflate->server_no_context_takeover);
}

std::optional<WebSocketDeflater> deflater_for(WebSocketRole role,
                                              const std::optional<WebSocketDeflate>& deflate,
                                              int level) {
  if (!deflate) return std::nullopt;
  const bool is_server = role == WebSocketRole::server;
  const int bits = is_server ? deflate->server_max_window_bits : deflate->client_max_window_bits;
  const bool forgets =
      is_server ? deflate->server_no_context_takeover : deflate->client_no_context_takeover;
  // zlib has no window of 8 bits; whoever has agreed to compress need not do it.
  if (bits < 9) return std::nullopt;
  return WebSocketDeflater(bits, !forgets, level);
}

}  // namespace

// --- receiving -----------------------------------------------------------------------------------

WebSocketReceiver::WebSocketReceiver(WebSocketRole role,
                                     const std::optional<WebSocketDeflate>& deflate,
                                     std::size_t message_limit)
    : role_(role), message_limit_(message_limit), inflater_(inflater_for(role, deflate)) {}

Result<std::optional<WebSocketEvent>> WebSocketReceiver::next(std::span<const std::byte>& data) {
  if (fault_) return *fault_;
  auto event = advance(data);
  if (event) return event;
  fault_ = event.error();
  message_ = {};
  return event;
}

Result<std::optional<WebSocketEvent>> WebSocketReceiver::advance(std::span<const std::byte>& data) {
  for (;;) {
    if (closed_) data = {};
    if (!in_frame_) {
      const auto whole = take_head(data);
      if (!whole) return whole.error();
      if (!*whole) return std::optional<WebSocketEvent>();
      if (const auto begun = begin_frame(); !begun) return begun.error();
    }
    const std::uint64_t left = head_.payload_bytes - payload_done_;
    const auto piece =
        data.first(static_cast<std::size_t>(std::min<std::uint64_t>(left, data.size())));
    data = data.subspan(piece.size());
    if (!piece.empty()) {
      if (const auto taken = take_payload(piece); !taken) return taken.error();
      payload_done_ += piece.size();
    }
    if (payload_done_ < head_.payload_bytes) return std::optional<WebSocketEvent>();
    in_frame_ = false;
    auto event = end_frame();
    if (!event || *event) return event;
  }
}

// True when a head is whole and in head_.
Result<bool> WebSocketReceiver::take_head(std::span<const std::byte>& data) {
  for (;;) {
    const auto read = read_websocket_head(std::span(head_bytes_).first(head_size_));
    if (!read) return read.error();
    if (read->head) {
      head_ = *read->head;
      head_size_ = 0;
      return true;
    }
    if (data.empty()) return false;
    const std::size_t more = std::min(read->bytes - head_size_, data.size());
    std::memcpy(head_bytes_.data() + head_size_, data.data(), more);
    head_size_ = static_cast<std::uint8_t>(head_size_ + more);
    data = data.subspan(more);
  }
}

Result<> WebSocketReceiver::begin_frame() {
  in_frame_ = true;
  payload_done_ = 0;
  if (role_ == WebSocketRole::server && !head_.mask) {
    return breach("a frame of the client is not masked");
  }
  if (role_ == WebSocketRole::client && head_.mask) {
    return breach("a frame of the server is masked");
  }
  if (is_control(head_.opcode)) return ok();
  return begin_data_frame();
}

Result<> WebSocketReceiver::begin_data_frame() {
  const bool continues = head_.opcode == WebSocketOpcode::continuation;
  if (continues && !in_message_) return breach("a message goes on that has not begun");
  if (!continues && in_message_) return breach("a message begins before the last one has ended");
  if (!continues) {
    if (head_.compressed && !inflater_) return breach("RSV1 is set without an extension for it");
    in_message_ = true;
    kind_ = head_.opcode;
    compressed_ = head_.compressed;
    compressed_bytes_ = 0;
    checked_ = 0;
  }
  if (!compressed_) {
    if (head_.payload_bytes > message_limit_ - message_.size()) return too_long();
    return ok();
  }
  if (head_.payload_bytes > compressed_limit(message_limit_) - compressed_bytes_) return too_long();
  compressed_bytes_ += head_.payload_bytes;
  return ok();
}

Result<> WebSocketReceiver::take_payload(std::span<const std::byte> bytes) {
  const bool control = is_control(head_.opcode);
  if (compressed_ && !control) return take_compressed(bytes);
  std::string& into = control ? control_ : message_;
  const std::size_t begin = into.size();
  into += as_text(bytes);
  if (head_.mask) {
    const auto added = std::as_writable_bytes(std::span(into).subspan(begin));
    apply_websocket_mask(added, *head_.mask, payload_done_);
  }
  return control ? ok() : check_text(false);
}

// What came before a fault is checked first: which fault it is must not depend on how the bytes
// were cut.
Result<> WebSocketReceiver::take_compressed(std::span<const std::byte> bytes) {
  std::array<std::byte, 4096> plain;
  std::uint64_t offset = payload_done_;
  while (!bytes.empty()) {
    auto piece = bytes.first(std::min(bytes.size(), plain.size()));
    bytes = bytes.subspan(piece.size());
    if (head_.mask) {
      const auto unmasked = std::span(plain).first(piece.size());
      std::ranges::copy(piece, unmasked.begin());
      apply_websocket_mask(unmasked, *head_.mask, offset);
      piece = unmasked;
    }
    offset += piece.size();
    const auto added = inflater_->add(piece, message_, message_limit_);
    if (const auto good = check_text(false); !good) return good;
    if (!added) return added;
  }
  return ok();
}

Result<> WebSocketReceiver::check_text(bool is_whole) {
  if (kind_ != WebSocketOpcode::text) return ok();
  std::string_view rest = std::string_view(message_).substr(checked_);
  rest.remove_prefix(ascii_prefix(rest));
  rest.remove_suffix(is_whole ? 0 : unfinished_utf8(rest));
  if (!is_valid_utf8(rest)) {
    return Error(Fault::integrity, "read a WebSocket message").because("its text is not UTF-8");
  }
  checked_ = static_cast<std::size_t>(rest.data() + rest.size() - message_.data());
  return ok();
}

Result<std::optional<WebSocketEvent>> WebSocketReceiver::end_frame() {
  if (is_control(head_.opcode)) return end_control();
  if (!head_.final) return std::optional<WebSocketEvent>();
  return end_message();
}

Result<std::optional<WebSocketEvent>> WebSocketReceiver::end_control() {
  std::string payload = std::exchange(control_, {});
  if (head_.opcode != WebSocketOpcode::close) {
    return std::optional(WebSocketEvent{.kind = head_.opcode, .payload = std::move(payload)});
  }
  const auto close = read_websocket_close(payload);
  if (!close) return close.error();
  closed_ = true;
  return std::optional(WebSocketEvent{
      .kind = WebSocketOpcode::close, .payload = std::string(close->reason), .code = close->code});
}

Result<std::optional<WebSocketEvent>> WebSocketReceiver::end_message() {
  in_message_ = false;
  Result<> finished = ok();
  if (compressed_) finished = inflater_->finish(message_, message_limit_);
  if (const auto good = check_text(finished.has_value()); !good) return good.error();
  if (!finished) return finished.error();
  return std::optional(WebSocketEvent{.kind = kind_, .payload = std::exchange(message_, {})});
}

// --- sending -------------------------------------------------------------------------------------

WebSocketSender::WebSocketSender(WebSocketRole role, const std::optional<WebSocketDeflate>& deflate,
                                 const Options& options)
    : role_(role),
      options_(options),
      deflater_(deflater_for(role, deflate, options.compression_level)) {
  options_.frame_max_bytes = std::max<std::size_t>(options_.frame_max_bytes, 1);
}

void WebSocketSender::begin(WebSocketOpcode kind, std::string_view payload) {
  kind_ = kind;
  payload_ = payload;
  in_message_ = is_first_ = true;
  compressed_ = deflater_ && payload.size() >= options_.compress_from_bytes;
}

Result<> WebSocketSender::next_frame(std::string& out, const WebSocketMask& mask) {
  const std::string_view part = payload_.substr(0, options_.frame_max_bytes);
  const bool is_last = part.size() == payload_.size();
  const WebSocketFrameHead head{.opcode = is_first_ ? kind_ : WebSocketOpcode::continuation,
                                .final = is_last,
                                .compressed = compressed_ && is_first_,
                                .mask = mask_if_client(mask)};
  if (compressed_) {
    std::string compressed;
    const auto added = deflater_->add(std::as_bytes(std::span(part)), is_last, compressed);
    if (!added) return added;
    append_websocket_frame(out, head, compressed);
  } else {
    append_websocket_frame(out, head, part);
  }
  payload_.remove_prefix(part.size());
  is_first_ = false;
  in_message_ = !is_last;
  return ok();
}

void WebSocketSender::abandon() {
  in_message_ = false;
  payload_ = {};
  if (compressed_) deflater_->abandon();
}

void WebSocketSender::control_frame(std::string& out, WebSocketOpcode kind,
                                    std::string_view payload, const WebSocketMask& mask) const {
  append_websocket_frame(out, {.opcode = kind, .mask = mask_if_client(mask)},
                         payload.substr(0, k_websocket_control_max_bytes));
}

}  // namespace patchbay
