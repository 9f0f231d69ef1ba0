// ChatWebDoor: the way in for browsers: the page, and IRC over a WebSocket (IRCv3 "WebSocket"):
// one line a message, without its end.
//
//   ChatWebDoor door(talk, {.origins = settings.web_origins, .only_local = true});
//   co_await door.serve(listeners);
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "patchbay/http/http_handler.hpp"
#include "patchbay/http/http_server.hpp"
#include "patchbay/http/websocket.hpp"

namespace patchbay {

// What the messages of a client are: text, in which everything is UTF-8, or bytes.
enum class ChatFraming : std::uint8_t { text, binary };

struct ChatWebClient {
  Endpoint peer;
  bool secure = false;  // came over TLS
  ChatFraming framing = ChatFraming::text;
};

// Talks with one client until it is done; then the connection ends. Cancelled when the server
// stops.
using ChatWebTalk = std::function<Task<>(WebSocket&, ChatWebClient)>;

// The longest line: 8,191 bytes of tags (IRCv3 message-tags) and 512 of the rest.
inline constexpr std::size_t k_chat_message_max_bytes = 8191 + 512;

struct ChatWebOptions {
  // Whose pages may connect besides the server's own: "https://example.org"; "*" is everybody.
  std::vector<std::string> origins = {};
  // Only this host reaches the server. Then requests for any other name are refused: they come from
  // a page whose name was made to lead here (DNS rebinding).
  bool only_local = false;
  HttpLimits limits = {};
  // When the server stops, who is here still has so long; nobody in a chat ends by himself.
  Duration grace = 1s;
  WebSocketOptions socket = {.message_max_bytes = k_chat_message_max_bytes};
};

// GET / and the files of the page; GET /chat/socket with an upgrade, and a subprotocol of
// text.ircv3.net and binary.ircv3.net in the client's order; without one it is text. All else is
// 404. No compression: what is sent to all members of a room is the same bytes for each.
class ChatWebDoor final : public HttpHandler {
 public:
  ChatWebDoor(ChatWebTalk talk, ChatWebOptions options, HttpLog* log = nullptr);

  // Until it is cancelled, as serve_http(). Not twice. Faults: those of accept().
  Task<Result<>> serve(HttpListeners& listeners);
  const HttpCounters& counters() const { return service_.counters; }

  std::optional<HttpResponse> answer_now(HttpRequest& request) override;
  Task<HttpResponse> answer(HttpRequest& request) override;

 private:
  HttpResponse open(const HttpRequest& request) const;

  const ChatWebTalk talk_;
  const ChatWebOptions options_;
  const std::shared_ptr<HttpHandler> page_;
  HttpService service_;
};

}  // namespace patchbay
