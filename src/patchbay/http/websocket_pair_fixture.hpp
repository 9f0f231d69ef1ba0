// For tests: a WebSocket over a stream. The other end is another one, or a program that writes
// frames by hand.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "patchbay/http/websocket.hpp"
#include "patchbay/net/conformance/engine_test.hpp"
#include "patchbay/wire/websocket_message_fixture.hpp"

namespace patchbay {

inline constexpr std::size_t k_big = 8 * 1024 * 1024;  // more than the buffers of both ends hold

struct Sockets {
  WebSocket client;
  WebSocket server;
};

inline Task<Result<Sockets>> open_pair(WebSocketOptions options = {},
                                       std::optional<WebSocketDeflate> deflate = {}) {
  auto pair = co_await connect_pair();
  if (!pair) co_return pair.error();
  const WebSocketAgreement agreement{.deflate = deflate};
  co_return Sockets{WebSocket::client(std::move(pair->client), "", agreement, options),
                    WebSocket::server(std::move(pair->server), "", agreement, options)};
}

// A server, and a client that does as the test wants.
struct HandMade {
  WebSocket server;
  TcpStream peer;
};

inline Task<Result<HandMade>> open_by_hand(WebSocketOptions options = {},
                                           std::string already_read = {}) {
  auto pair = co_await connect_pair();
  if (!pair) co_return pair.error();
  co_return HandMade{
      WebSocket::server(std::move(pair->server), std::move(already_read), {}, options),
      std::move(pair->client)};
}

inline std::string close_frame(int code, std::string_view reason = {}) {
  return masked(WebSocketOpcode::close,
                write_websocket_close(static_cast<std::uint16_t>(code), reason));
}

inline Fault fault_of(const auto& result) {
  return result ? Fault::system : result.error().fault();
}

// What the server sends until it ends or closes.
inline Task<Result<std::vector<WebSocketEvent>>> read_events(Stream& peer, std::size_t count) {
  WebSocketReceiver receiver(WebSocketRole::client, {}, 2 * k_big);
  std::vector<WebSocketEvent> events;
  while (events.size() < count) {
    const auto data = co_await peer.receive(guard());
    if (!data) co_return data.error();
    if (data->empty()) break;
    for (auto bytes = data->bytes();;) {
      const auto event = receiver.next(bytes);
      if (!event) co_return event.error();
      if (!*event) break;
      events.push_back(**event);
    }
  }
  co_return events;
}

inline Task<Result<>> send_big(WebSocket& socket, std::optional<Result<>>& done) {
  const std::string big(k_big, 'b');
  done = co_await socket.send_binary(std::as_bytes(std::span(big)), guard());
  co_return ok();
}

}  // namespace patchbay
