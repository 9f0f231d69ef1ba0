// The client's handshake, against a server that answers as the test wants.
#include "patchbay/http/websocket_client.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "patchbay/http/websocket_fixture.hpp"
#include "patchbay/net/conformance/engine_test.hpp"

namespace patchbay {
namespace {

class WebSocketClients : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(, WebSocketClients, all_engines(), engine_name);

// Answers with the text, in which KEY stands for what proves that the request was understood.
Task<Result<>> answer(Stream stream, std::string text, std::size_t piece, std::string& request) {
  auto read = co_await read_request(stream, guard());
  if (!read) co_return read.error();
  request = *read;
  if (const std::size_t at = text.find("KEY"); at != std::string::npos) {
    text.replace(at, 3, websocket_accept(field_of(request, "Sec-WebSocket-Key")));
  }
  for (std::size_t begin = 0; begin < text.size(); begin += piece) {
    const auto sent = co_await stream.write_all(text.substr(begin, piece), guard());
    if (!sent) break;  // the client has heard enough
    co_await settle();
  }
  co_return ok();
}

Task<Result<>> ask(Stream stream, WebSocketConnectOptions options,
                   std::optional<Result<WebSocket>>& socket) {
  socket = co_await connect_websocket(std::move(stream), "example.org:8080", "/chat?room=1",
                                      std::move(options), guard());
  co_return ok();
}

struct Meeting {
  std::optional<Result<WebSocket>> socket;
  std::string request;
};

Task<Result<>> meet(Meeting& meeting, std::string text, WebSocketConnectOptions options = {},
                    std::size_t piece = 1'000'000) {
  auto pair = co_await connect_pair();
  if (!pair) co_return pair.error();
  co_return co_await both(ask(std::move(pair->client), std::move(options), meeting.socket),
                          answer(std::move(pair->server), std::move(text), piece, meeting.request));
}

constexpr const char* k_good =
    "HTTP/1.1 101 Switching Protocols\r\nServer: x\r\nupgrade: WebSocket\r\n"
    "Connection:keep-alive\r\nconnection: \tUpgrade \r\nSec-WebSocket-Accept: KEY\r\n\r\n";

Task<> asks_as_the_rfc_wants() {
  Meeting meeting;
  const WebSocketConnectOptions options{.terms = {.protocols = {"a", "b"}},
                                        .fields = {{"Origin", "http://example.org"}}};
  CO_ASSERT(co_await meet(meeting, k_good, options));
  CO_ASSERT(meeting.socket && *meeting.socket);
  const std::string& request = meeting.request;
  EXPECT_TRUE(request.starts_with("GET /chat?room=1 HTTP/1.1\r\nHost: example.org:8080\r\n"));
  EXPECT_EQ(field_of(request, "Upgrade"), "websocket");
  EXPECT_EQ(field_of(request, "Connection"), "Upgrade");
  EXPECT_TRUE(is_websocket_key(field_of(request, "Sec-WebSocket-Key")));
  EXPECT_EQ(field_of(request, "Sec-WebSocket-Version"), "13");
  EXPECT_EQ(field_of(request, "Sec-WebSocket-Protocol"), "a, b");
  EXPECT_EQ(field_of(request, "Origin"), "http://example.org");
  EXPECT_FALSE((*meeting.socket)->compresses());
}
TEST_P(WebSocketClients, AskAsTheRfcWants) { run(asks_as_the_rfc_wants()); }

Task<> chooses_another_key_each_time() {
  Meeting one, other;
  CO_ASSERT(co_await meet(one, k_good) && co_await meet(other, k_good));
  EXPECT_NE(field_of(one.request, "Sec-WebSocket-Key"),
            field_of(other.request, "Sec-WebSocket-Key"));
}
TEST_P(WebSocketClients, ChooseAnotherKeyEachTime) { run(chooses_another_key_each_time()); }

Task<> keeps_what_follows_the_answer(std::size_t piece) {
  Meeting meeting;
  CO_ASSERT(co_await meet(meeting, std::string(k_good) + "\x81\x05Hello", {}, piece));
  CO_ASSERT(meeting.socket && *meeting.socket);
  const auto message = co_await (*meeting.socket)->receive(guard());
  CO_ASSERT(message);
  EXPECT_EQ(message->data, "Hello");
}
TEST_P(WebSocketClients, KeepWhatFollowsTheAnswer) {
  run(keeps_what_follows_the_answer(1'000'000));
}
TEST_P(WebSocketClients, ReadAnAnswerThatComesInPieces) { run(keeps_what_follows_the_answer(1)); }

Task<> refuses(std::string text, Fault fault) {
  Meeting meeting;
  CO_ASSERT(co_await meet(meeting, text));
  CO_ASSERT(meeting.socket);
  EXPECT_FALSE(*meeting.socket) << text.substr(0, 100);
  if (!*meeting.socket) {
    EXPECT_EQ(meeting.socket->error().fault(), fault) << text.substr(0, 100);
  }
}
TEST_P(WebSocketClients, RefuseAnswersThatAreNone) {
  run(refuses("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", Fault::refused));
  run(refuses("HTTP/1.1 200 OK\r\n\r\n", Fault::refused));
  run(refuses("HTTP/1.0 101 x\r\n\r\n", Fault::protocol));
  run(refuses("HTTP/1.1 1010 x\r\n\r\n", Fault::protocol));
  run(refuses("HTTP/1.1 10\r\n\r\n", Fault::protocol));
  run(refuses("SSH-2.0-OpenSSH\r\n\r\n", Fault::protocol));
  run(refuses("\r\n\r\n", Fault::protocol));
  run(refuses("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
              Fault::protocol));
  run(
      refuses("HTTP/1.1 101 x\r\nUpgrade: websocket\r\n folded\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: KEY\r\n\r\n",
              Fault::protocol));
  run(
      refuses("HTTP/1.1 101 x\r\nUpgrade: websocket\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: KEY\r\n\r\n",
              Fault::protocol));
  run(
      refuses("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: KEY\r\nSec-WebSocket-Accept: KEY\r\n\r\n",
              Fault::protocol));
  run(
      refuses("HTTP/1.1 101 x\r\nUpgrade : websocket\r\nConnection: Upgrade\r\n"
              "Sec-WebSocket-Accept: KEY\r\n\r\n",
              Fault::protocol));
  run(refuses("HTTP/1.1 101 cut", Fault::closed));
  run(refuses("", Fault::closed));
}

TEST_P(WebSocketClients, RefuseAHeadBeyond16KiB) {
  const std::string begin = "HTTP/1.1 101 x\r\nX: ";
  run(refuses(begin + std::string(20'000, 'x') + "\r\n\r\n", Fault::limit));
  run(refuses(begin + std::string(1'000'000, 'x'), Fault::limit));
  run(refuses(begin + std::string(16 * 1024 - begin.size(), 'x') + "\r\n\r\n", Fault::protocol));
}

Task<> refuses_to_ask(std::string host, std::string path, WebSocketField more = {"X", "y"}) {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  const auto socket =
      co_await connect_websocket(std::move(pair->client), host, path, {.fields = {more}}, guard());
  EXPECT_TRUE(!socket && socket.error().fault() == Fault::limit) << host << path;
  const auto nothing = co_await pair->server.receive(guard());
  CO_ASSERT(nothing);
  EXPECT_TRUE(nothing->empty());
}
TEST_P(WebSocketClients, WriteNoRequestThatCouldBeTwo) {
  run(refuses_to_ask("example.org", "chat"));
  run(refuses_to_ask("example.org", "/a b"));
  run(refuses_to_ask("example.org", "/a\r\nX: y"));
  run(refuses_to_ask("", "/"));
  run(refuses_to_ask("example.org\r\nX: y", "/"));
  run(refuses_to_ask("example.org", "/", {"X", "y\r\nZ: z"}));
  run(refuses_to_ask("example.org", "/", {"X: y", "z"}));
  run(refuses_to_ask("example.org", "/", {"", "z"}));
}

// --- with the answer of this library -------------------------------------------------------------

Task<Result<>> serve_echo(Stream stream) {
  auto socket = co_await accept_websocket(std::move(stream), {.protocols = {"echo"}}, {}, guard());
  if (!socket) co_return socket.error();
  EXPECT_EQ(socket->protocol(), "echo");
  for (;;) {
    const auto message = co_await socket->receive(guard());
    if (!message) co_return ok();
    if (const auto back = co_await socket->send(*message, guard()); !back) co_return back;
  }
}

Task<Result<>> talk(Stream stream) {
  auto socket = co_await connect_websocket(std::move(stream), "example.org:8080", "/",
                                           {.terms = {.protocols = {"chat", "echo"}}}, guard());
  if (!socket) co_return socket.error();
  EXPECT_TRUE(socket->compresses());
  EXPECT_EQ(socket->protocol(), "echo");
  const std::string payload(10'000, 'x');
  const auto sent = co_await socket->send_text(payload, guard());
  if (!sent) co_return sent;
  const auto back = co_await socket->receive(guard());
  if (!back) co_return back.error();
  EXPECT_EQ(back->data, payload);
  co_return co_await socket->close(1000, "", guard());
}

Task<> agrees_with_its_own_server() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  EXPECT_TRUE(co_await both(serve_echo(std::move(pair->server)), talk(std::move(pair->client))));
}
TEST_P(WebSocketClients, AgreeWithTheServerOfThisLibrary) { run(agrees_with_its_own_server()); }

}  // namespace
}  // namespace patchbay
