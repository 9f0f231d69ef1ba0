#include "patchbay/tools/chat/web/chat_web_door.hpp"

#include <utility>

#include "patchbay/http/http_layers.hpp"
#include "patchbay/http/websocket_upgrade.hpp"
#include "patchbay/tools/chat/web/chat_page.hpp"

namespace patchbay {

namespace {

constexpr std::string_view k_socket_path = "/chat/socket";
constexpr const char* k_text = "text.ircv3.net";
constexpr const char* k_binary = "binary.ircv3.net";

// What a talk needs to know of its client: the request is gone when it begins.
struct Call {
  ChatWebTalk talk;
  ChatWebClient client;
};

Task<> talk_with(WebSocket& socket, Call call) {
  if (socket.protocol() == k_binary) call.client.framing = ChatFraming::binary;
  co_await call.talk(socket, call.client);
}

}  // namespace

ChatWebDoor::ChatWebDoor(ChatWebTalk talk, ChatWebOptions options, HttpLog* log)
    : talk_(std::move(talk)),
      options_(std::move(options)),
      page_(chat_page()),
      service_(*this, options_.limits, log) {}

Task<Result<>> ChatWebDoor::serve(HttpListeners& listeners) {
  listeners.grace = options_.grace;
  co_return co_await serve_http(service_, listeners);
}

HttpResponse ChatWebDoor::open(const HttpRequest& request) const {
  const Call call{talk_, {.peer = request.peer, .secure = request.secure}};
  return accept_websocket(
      request, [call](WebSocket& socket) { return talk_with(socket, call); },
      {.protocols = {k_text, k_binary}, .deflate = std::nullopt, .origins = options_.origins},
      options_.socket);
}

std::optional<HttpResponse> ChatWebDoor::answer_now(HttpRequest& request) {
  if (options_.only_local && !is_local_name(request.host)) {
    return HttpResponse::error(403,
                               "this chat is for this host alone and is not known by that name");
  }
  if (request.path == k_socket_path) return open(request);
  return page_->answer_now(request);
}

Task<HttpResponse> ChatWebDoor::answer(HttpRequest& request) { return page_->answer(request); }

}  // namespace patchbay
