#include "patchbay/http/websocket.hpp"

#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/http/websocket_connection.hpp"
#include "patchbay/http/websocket_input.hpp"
#include "patchbay/http/websocket_output.hpp"

namespace patchbay {

struct WebSocket::State {
  State(WebSocketConnection connected, std::string already_read)
      : connection(std::move(connected)), input(connection, output, std::move(already_read)) {}

  Task<Result<>> close(std::uint16_t code, std::string reason, Deadline deadline);

  WebSocketConnection connection;
  WebSocketOutput output{connection};
  WebSocketInput input;
};

Task<Result<>> WebSocket::State::close(std::uint16_t code, std::string reason, Deadline deadline) {
  Result<> done = co_await output.close(code, reason, deadline);
  if (done) done = co_await input.discard_until_closed(deadline);
  if (done && connection.role == WebSocketRole::client) {
    // The server ends the connection first (section 7.1.1), so that it is not the one that has to
    // remember it.
    const Deadline goodbye = Deadline::after(connection.options.goodbye_timeout);
    co_await input.drain(deadline.or_earlier(goodbye));
  }
  connection.over = true;
  connection.stream.close();
  co_return done;
}

WebSocket::WebSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
WebSocket::WebSocket(WebSocket&& other) noexcept = default;
WebSocket& WebSocket::operator=(WebSocket&& other) noexcept = default;
WebSocket::~WebSocket() = default;

WebSocket WebSocket::server(Stream stream, std::string already_read, WebSocketAgreement agreement,
                            const WebSocketOptions& options) {
  return WebSocket(std::make_unique<State>(
      WebSocketConnection{std::move(stream), WebSocketRole::server, options, std::move(agreement)},
      std::move(already_read)));
}

WebSocket WebSocket::client(Stream stream, std::string already_read, WebSocketAgreement agreement,
                            const WebSocketOptions& options) {
  return WebSocket(std::make_unique<State>(
      WebSocketConnection{std::move(stream), WebSocketRole::client, options, std::move(agreement)},
      std::move(already_read)));
}

Task<Result<WebSocketMessage>> WebSocket::receive(Deadline deadline) {
  return state_->input.receive(deadline);
}

Task<Result<>> WebSocket::send_text(std::string_view text, Deadline deadline) {
  return state_->output.send(WebSocketOpcode::text, text, deadline);
}

Task<Result<>> WebSocket::send_binary(std::span<const std::byte> bytes, Deadline deadline) {
  return state_->output.send(WebSocketOpcode::binary, as_text(bytes), deadline);
}

Task<Result<>> WebSocket::send(const WebSocketMessage& message, Deadline deadline) {
  return state_->output.send(message.is_text ? WebSocketOpcode::text : WebSocketOpcode::binary,
                             message.data, deadline);
}

Task<Result<>> WebSocket::send_frames(std::string_view made, Deadline deadline) {
  return state_->output.send_frames(made, deadline);
}

Task<Result<>> WebSocket::ping(std::string_view payload, Deadline deadline) {
  return state_->output.ping(payload, deadline);
}

Task<Result<>> WebSocket::close(std::uint16_t code, std::string reason, Deadline deadline) {
  return state_->close(code, std::move(reason), deadline);
}

bool WebSocket::is_open() const { return !state_->connection.over; }
std::uint16_t WebSocket::close_code() const { return state_->connection.close_code; }
const std::string& WebSocket::close_reason() const { return state_->connection.close_reason; }
const std::string& WebSocket::protocol() const { return state_->connection.agreement.protocol; }
bool WebSocket::compresses() const { return state_->connection.agreement.deflate.has_value(); }
const Stream& WebSocket::stream() const { return state_->connection.stream; }

}  // namespace patchbay
