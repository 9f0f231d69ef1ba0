#include "patchbay/tools/chat_client/chat_transport.hpp"

#include <utility>

#include "patchbay/http/http_url.hpp"
#include "patchbay/http/websocket_client.hpp"
#include "patchbay/net/tcp.hpp"
#include "patchbay/net/tls.hpp"

namespace patchbay::chat_client {

namespace {

constexpr std::size_t k_most_message_bytes = 64 * 1024;
constexpr Duration k_keepalive_idle = 60s;

class StreamTransport final : public ChatTransport {
 public:
  StreamTransport(Stream stream, bool is_private, bool bare)
      : stream_(std::move(stream)), is_private_(is_private), line_end_(bare ? "\n" : "\r\n") {}

  Task<Result<std::string>> receive(Deadline deadline) override {
    const auto piece = co_await stream_.receive(deadline);
    if (!piece) co_return piece.error();
    co_return std::string(piece->text());
  }

  Task<Result<>> send(std::span<const std::string> lines, Deadline deadline) override {
    std::string text;
    for (const std::string& line : lines) text.append(line).append(line_end_);
    co_return co_await stream_.write_all(text, deadline);
  }

  Task<Result<>> end(Deadline deadline) override {
    co_return co_await stream_.shutdown_write(deadline);
  }
  bool is_private() const override { return is_private_; }

 private:
  Stream stream_;
  bool is_private_;
  std::string line_end_;
};

// IRCv3 over WebSocket: a message is a line, without its end.
class WebSocketTransport final : public ChatTransport {
 public:
  WebSocketTransport(WebSocket socket, bool is_private)
      : socket_(std::move(socket)), is_private_(is_private) {}

  Task<Result<std::string>> receive(Deadline deadline) override {
    auto message = co_await socket_.receive(deadline);
    if (!message && message.error().fault() == Fault::closed) co_return std::string();
    if (!message) co_return message.error();
    co_return std::move(message->data) + '\n';
  }

  Task<Result<>> send(std::span<const std::string> lines, Deadline deadline) override {
    for (const std::string& line : lines) {
      const auto sent = co_await socket_.send_text(line, deadline);
      if (!sent && sent.error().fault() == Fault::integrity) continue;  // no UTF-8: nobody's
      if (!sent) co_return sent;
    }
    co_return ok();
  }

  Task<Result<>> end(Deadline deadline) override {
    co_return co_await socket_.close(1000, "", deadline);
  }
  bool is_private() const override { return is_private_; }

 private:
  WebSocket socket_;
  bool is_private_;
};

Task<Result<std::unique_ptr<ChatTransport>>> open_websocket(Stream stream, const ChatPlan& plan,
                                                            bool is_private, Deadline deadline) {
  const HttpUrl url{.secure = plan.tls.has_value(), .host = plan.to.host, .port = plan.to.port};
  WebSocketConnectOptions options{
      .terms = {.protocols = {"text.ircv3.net"}},
      .socket = {.message_max_bytes = k_most_message_bytes},
      // As a page of the server itself would: it may ask from where its visitors come.
      .fields = {{"Origin", url.origin()}}};
  auto socket = co_await connect_websocket(std::move(stream), url.authority(), plan.path,
                                           std::move(options), deadline);
  if (!socket) co_return socket.error();
  co_return std::make_unique<WebSocketTransport>(std::move(*socket), is_private);
}

}  // namespace

std::unique_ptr<ChatTransport> transport_over(Stream stream, bool is_private, bool bare) {
  return std::make_unique<StreamTransport>(std::move(stream), is_private, bare);
}

Task<Result<std::unique_ptr<ChatTransport>>> dial_chat(const ChatPlan& plan, Deadline deadline) {
  ConnectOptions options;
  options.stream.keepalive = Keepalive{.idle = k_keepalive_idle};
  auto connected = co_await TcpStream::connect(plan.to, options, deadline);
  if (!connected) co_return connected.error();
  const auto peer = connected->peer();
  const bool is_private = plan.tls || (peer && peer->address().is_loopback());
  Stream stream = std::move(*connected);
  if (plan.tls) {
    const auto context = TlsContext::client(*plan.tls);
    if (!context) co_return context.error();
    auto tls = co_await tls_connect(std::move(stream), *context, plan.to.host, deadline);
    if (!tls) co_return tls.error();
    stream = std::move(*tls);
  }
  if (plan.face == ChatFace::websocket) {
    co_return co_await open_websocket(std::move(stream), plan, is_private, deadline);
  }
  co_return transport_over(std::move(stream), is_private, plan.face == ChatFace::lines);
}

}  // namespace patchbay::chat_client
