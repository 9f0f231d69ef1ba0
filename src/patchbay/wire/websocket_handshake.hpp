// The handshake that turns an HTTP/1.1 connection into a WebSocket (RFC 6455 section 4), for both
// roles, and what it agrees on: a subprotocol and compression (RFC 7692 section 7.1).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "patchbay/base/result.hpp"

namespace patchbay {

// permessage-deflate: as a wish, and as what both sides have agreed on. Windows have 8 to 15 bits.
struct WebSocketDeflate {
  bool server_no_context_takeover = false;  // the server compresses each message by itself
  bool client_no_context_takeover = false;
  int server_max_window_bits = 15;  // the window that the server's messages need: 2^bits bytes
  int client_max_window_bits = 15;

  bool operator==(const WebSocketDeflate&) const = default;
};

// What a side is ready for.
struct WebSocketTerms {
  // Subprotocols; of a client in the order of its preference.
  std::vector<std::string> protocols = {};
  // Nothing: no compression. A window of 4 KiB is enough for most messages and costs an eighth of
  // the memory of the largest.
  std::optional<WebSocketDeflate> deflate =
      WebSocketDeflate{.server_max_window_bits = 12, .client_max_window_bits = 12};
  // A server's: whose pages may connect. A browser sends the page's origin and lets any page of the
  // world try; other programs send none and are let in. By default those of the same host only;
  // `origins` ("https://example.org") come in addition, and "*" among them is everybody.
  std::vector<std::string> origins = {};
};

struct WebSocketAgreement {
  std::string protocol = {};  // empty: none
  std::optional<WebSocketDeflate> deflate = {};
};

// A name and a value, as they stand in a head of HTTP.
using WebSocketField = std::pair<std::string, std::string>;

// A random key as a client sends it: 16 bytes in base64.
std::string websocket_key(const std::array<std::uint64_t, 2>& random_bits);
// Is it base64 of 16 bytes?
bool is_websocket_key(std::string_view key);
// What the server answers to a key: base64 of the SHA-1 of it and a constant (section 4.2.2).
std::string websocket_accept(std::string_view key);

// --- the server's side ---------------------------------------------------------------------------

// The fields of a request; empty where there is none. Where a field came several times, its values
// are joined with ", ", except the key and the version, which may come only once.
struct WebSocketRequest {
  std::string_view method = "GET";
  bool is_http_1_1 = true;
  std::string_view host = {};
  std::string_view origin = {};
  std::string_view upgrade = {};
  std::string_view connection = {};
  std::string_view key = {};
  std::string_view version = {};
  std::string_view protocols = {};   // Sec-WebSocket-Protocol
  std::string_view extensions = {};  // Sec-WebSocket-Extensions
};

struct WebSocketAnswer {
  int status = 101;           // or 400, 403 (of a page that may not), 405, 426 (another version)
  const char* why = nullptr;  // of a refusal
  std::vector<WebSocketField> fields = {};  // to send, for a refusal too
  WebSocketAgreement agreement = {};        // if the status is 101

  bool accepted() const { return status == 101; }
};

// Does it ask for a WebSocket at all? Otherwise it is an ordinary request.
bool asks_for_websocket(const WebSocketRequest& request);

// Judges a request by RFC 6455 section 4.2.1. Of the offers for compression the first that can be
// met is taken, and none is no reason to refuse. Not met are offers with a parameter that is
// unknown, repeated or has a value out of place (RFC 7692 section 7.1), and those that insist on
// server_max_window_bits=8: zlib has no such window. The client's next offer then has its turn.
WebSocketAnswer answer_websocket(const WebSocketRequest& request, const WebSocketTerms& terms);

// --- the client's side ---------------------------------------------------------------------------

// The fields of a request with that key, those of any request apart (Host).
std::vector<WebSocketField> websocket_request_fields(std::string_view key,
                                                     const WebSocketTerms& terms);

// The fields of an answer; empty where there is none.
struct WebSocketReply {
  int status = 0;
  std::string_view upgrade = {};
  std::string_view connection = {};
  std::string_view accept = {};      // Sec-WebSocket-Accept
  std::string_view protocol = {};    // Sec-WebSocket-Protocol
  std::string_view extensions = {};  // Sec-WebSocket-Extensions
};

// Judges the answer to a request with that key (section 4.1). `refused` when the status is not 101,
// `protocol` when the server agrees to what was not asked for, or proves nothing. A server that
// asks for client_max_window_bits=8 gets messages without compression, which is its right.
Result<WebSocketAgreement> check_websocket_reply(const WebSocketReply& reply, std::string_view key,
                                                 const WebSocketTerms& terms);

}  // namespace patchbay
