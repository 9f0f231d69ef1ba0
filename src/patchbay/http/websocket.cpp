#include "patchbay/http/websocket.hpp"

#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/http/websocket_state.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

WebSocket::State::State(WebSocketRole role, Stream its_stream, std::string already_read,
                        WebSocketAgreement agreement, const WebSocketOptions& its_options)
    : stream_(std::move(its_stream)),
      role_(role),
      options_(its_options),
      agreement_(std::move(agreement)),
      receiver_(role, agreement_.deflate, options_.message_max_bytes),
      first_bytes_(std::move(already_read)),
      unread_(std::as_bytes(std::span(first_bytes_))),
      last_heard_(Loop::current().now()),
      sender_(role, agreement_.deflate, options_.sending) {}

Task<Result<>> WebSocket::State::close(std::uint16_t code, std::string reason, Deadline deadline) {
  Result<> done = co_await wait_for_turn(deadline);
  if (done) {
    const Turn turn(*this);
    // Who has lost the connection, or cannot say goodbye, does not wait for the peer's.
    if (cut_off_ || (over_ && !close_received_)) done = Error(Fault::closed, "close a WebSocket");
    want_close(code, reason);
    const auto written = co_await write_notes(deadline);
    if (done) done = written;
  }
  if (done) done = co_await discard_until_closed(deadline);
  if (done && role_ == WebSocketRole::client) {
    // The server ends the connection first (section 7.1.1), so that it is not the one that has to
    // remember it.
    co_await drain(deadline.or_earlier(Deadline::after(options_.goodbye_timeout)));
  }
  over_ = true;
  stream_.close();
  co_return done;
}

// --- the handle ----------------------------------------------------------------------------------

WebSocket::WebSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
WebSocket::WebSocket(WebSocket&& other) noexcept = default;
WebSocket& WebSocket::operator=(WebSocket&& other) noexcept = default;
WebSocket::~WebSocket() = default;

WebSocket WebSocket::server(Stream stream, std::string already_read, WebSocketAgreement agreement,
                            const WebSocketOptions& options) {
  return WebSocket(std::make_unique<State>(WebSocketRole::server, std::move(stream),
                                           std::move(already_read), std::move(agreement), options));
}

WebSocket WebSocket::client(Stream stream, std::string already_read, WebSocketAgreement agreement,
                            const WebSocketOptions& options) {
  return WebSocket(std::make_unique<State>(WebSocketRole::client, std::move(stream),
                                           std::move(already_read), std::move(agreement), options));
}

Task<Result<WebSocketMessage>> WebSocket::receive(Deadline deadline) {
  return state_->receive(deadline);
}

Task<Result<>> WebSocket::send_text(std::string_view text, Deadline deadline) {
  return state_->send(WebSocketOpcode::text, text, deadline);
}

Task<Result<>> WebSocket::send_binary(std::span<const std::byte> bytes, Deadline deadline) {
  return state_->send(WebSocketOpcode::binary, as_text(bytes), deadline);
}

Task<Result<>> WebSocket::send(const WebSocketMessage& message, Deadline deadline) {
  return state_->send(message.is_text ? WebSocketOpcode::text : WebSocketOpcode::binary,
                      message.data, deadline);
}

Task<Result<>> WebSocket::ping(std::string_view payload, Deadline deadline) {
  return state_->ping(payload, deadline);
}

Task<Result<>> WebSocket::close(std::uint16_t code, std::string reason, Deadline deadline) {
  return state_->close(code, std::move(reason), deadline);
}

bool WebSocket::is_open() const { return !state_->over_; }
std::uint16_t WebSocket::close_code() const { return state_->close_code_; }
const std::string& WebSocket::close_reason() const { return state_->close_reason_; }
const std::string& WebSocket::protocol() const { return state_->agreement_.protocol; }
bool WebSocket::compresses() const { return state_->agreement_.deflate.has_value(); }
const Stream& WebSocket::stream() const { return state_->stream_; }

}  // namespace patchbay
