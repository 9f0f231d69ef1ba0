// From a request to a WebSocket: the answer of a handler that wants one.
#pragma once

#include <functional>

#include "patchbay/http/http_request.hpp"
#include "patchbay/http/http_response.hpp"
#include "patchbay/http/websocket.hpp"
#include "patchbay/wire/websocket_handshake.hpp"

namespace patchbay {

// Talks on a connection until it is done; then the connection ends, without a goodbye unless the
// talk closes it. The socket is open, and lives until this has ended. Cancelled when the server
// stops.
using WebSocketTalk = std::function<Task<>(WebSocket&)>;

// 101 and the talk, or what is wrong with the request: 400, 403 for a page of another origin, 405,
// 426, and 501 in HTTP/2, whose WebSockets (RFC 8441) are not spoken here.
HttpResponse accept_websocket(const HttpRequest& request, WebSocketTalk talk,
                              const WebSocketTerms& terms = {}, WebSocketOptions options = {});

}  // namespace patchbay
