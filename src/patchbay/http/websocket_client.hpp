// The client's handshake for a WebSocket, over a stream that is open.
#pragma once

#include <string>
#include <vector>

#include "patchbay/http/websocket.hpp"
#include "patchbay/wire/websocket_handshake.hpp"

namespace patchbay {

struct WebSocketConnectOptions {
  WebSocketTerms terms = {};  // subprotocols and compression
  WebSocketOptions socket = {};
  std::vector<WebSocketField> fields = {};  // more for the request: Origin, Authorization, …
};

// The head of the answer may take so much.
inline constexpr std::size_t k_websocket_answer_max_bytes = 16 * 1024;

// Asks for `path` ("/chat?room=1") of `host` ("example.org", "[::1]:8080") and waits for the
// answer. Redirects are not followed. Faults: `refused` when the server answers with another
// status, `protocol` for an answer that is none, `limit` for a head beyond 16 KiB or for a request
// that cannot be written (a blank or a control in it), those of the stream.
Task<Result<WebSocket>> connect_websocket(Stream stream, std::string host, std::string path,
                                          WebSocketConnectOptions options, Deadline deadline);

}  // namespace patchbay
