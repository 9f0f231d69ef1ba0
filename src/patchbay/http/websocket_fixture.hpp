// For tests: the least of an HTTP server that a WebSocket needs.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "patchbay/http/websocket.hpp"
#include "patchbay/wire/websocket_handshake.hpp"

namespace patchbay {

// The value of a field of a request as connect_websocket() writes it; empty when there is none.
inline std::string field_of(const std::string& request, std::string_view name) {
  const std::string begin = "\r\n" + std::string(name) + ": ";
  const std::size_t at = request.find(begin);
  if (at == std::string::npos) return "";
  const std::size_t value = at + begin.size();
  return request.substr(value, request.find("\r\n", value) - value);
}

// A client sends nothing behind its request before it has the answer.
inline Task<Result<std::string>> read_request(Stream& stream, Deadline deadline) {
  std::string text;
  while (!text.ends_with("\r\n\r\n")) {
    const auto data = co_await stream.receive(deadline);
    if (!data) co_return data.error();
    if (data->empty()) co_return Error(Fault::closed, "read a request");
    text += data->text();
  }
  co_return text;
}

inline Task<Result<WebSocket>> accept_websocket(Stream stream, WebSocketTerms terms,
                                                WebSocketOptions options, Deadline deadline) {
  const auto request = co_await read_request(stream, deadline);
  if (!request) co_return request.error();
  const std::string host = field_of(*request, "Host");
  const std::string connection = field_of(*request, "Connection");
  const std::string upgrade = field_of(*request, "Upgrade");
  const std::string key = field_of(*request, "Sec-WebSocket-Key");
  const std::string version = field_of(*request, "Sec-WebSocket-Version");
  const std::string protocols = field_of(*request, "Sec-WebSocket-Protocol");
  const std::string extensions = field_of(*request, "Sec-WebSocket-Extensions");
  WebSocketAnswer answer = answer_websocket({.host = host,
                                             .upgrade = upgrade,
                                             .connection = connection,
                                             .key = key,
                                             .version = version,
                                             .protocols = protocols,
                                             .extensions = extensions},
                                            terms);
  if (!answer.accepted()) co_return Error(Fault::protocol, "accept a WebSocket", answer.why);
  std::string text = "HTTP/1.1 101 Switching Protocols\r\n";
  for (const auto& [name, value] : answer.fields) {
    text.append(name).append(": ").append(value).append("\r\n");
  }
  const auto sent = co_await stream.write_all(text += "\r\n", deadline);
  if (!sent) co_return sent.error();
  co_return WebSocket::server(std::move(stream), "", std::move(answer.agreement), options);
}

}  // namespace patchbay
