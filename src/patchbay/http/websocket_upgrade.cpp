#include "patchbay/http/websocket_upgrade.hpp"

namespace patchbay {

namespace {

class TalkUpgrade final : public HttpUpgrade {
 public:
  TalkUpgrade(WebSocketTalk talk, WebSocketAgreement agreement, WebSocketOptions options)
      : talk_(std::move(talk)), agreement_(std::move(agreement)), options_(options) {}

  Task<> run(Stream& stream, std::string early) override {
    WebSocket socket =
        WebSocket::server(std::move(stream), std::move(early), std::move(agreement_), options_);
    co_await talk_(socket);
  }

 private:
  WebSocketTalk talk_;
  WebSocketAgreement agreement_;
  WebSocketOptions options_;
};

}  // namespace

HttpResponse accept_websocket(const HttpRequest& request, WebSocketTalk talk,
                              const WebSocketTerms& terms, WebSocketOptions options) {
  if (request.version >= 20) return HttpResponse::error(501, "WebSockets are spoken over HTTP/1.1");
  // Of a browser it has one; with several nobody knows which of them is true, and none is none.
  if (request.fields.count("origin") > 1) return HttpResponse::error(400, "Origin came twice");
  const std::string upgrade = request.fields.all("upgrade");
  const std::string connection = request.fields.all("connection");
  const std::string protocols = request.fields.all("sec-websocket-protocol");
  const std::string extensions = request.fields.all("sec-websocket-extensions");
  const auto only = [&request](std::string_view name) {
    return request.fields.count(name) == 1 ? request.fields.get(name) : std::string_view();
  };
  WebSocketAnswer answer = answer_websocket({.method = request.method,
                                             .is_http_1_1 = request.version == 11,
                                             .host = request.host,
                                             .origin = only("origin"),
                                             .upgrade = upgrade,
                                             .connection = connection,
                                             .key = only("sec-websocket-key"),
                                             .version = only("sec-websocket-version"),
                                             .protocols = protocols,
                                             .extensions = extensions},
                                            terms);
  HttpResponse response = answer.accepted()
                              ? HttpResponse::switching(std::make_shared<TalkUpgrade>(
                                    std::move(talk), std::move(answer.agreement), options))
                              : HttpResponse::error(answer.status, answer.why);
  for (const auto& [name, value] : answer.fields) {
    if (!equal_ignoring_case(name, "connection")) response.add(name, value);
  }
  return response;
}

}  // namespace patchbay
