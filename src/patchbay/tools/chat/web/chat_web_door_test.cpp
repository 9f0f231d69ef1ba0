#include "patchbay/tools/chat/web/chat_web_door.hpp"

#include <gtest/gtest.h>

#include "patchbay/http/http_world_fixture.hpp"
#include "patchbay/http/websocket_client.hpp"

namespace patchbay {
namespace {

struct Heard {
  std::vector<ChatWebClient> clients;
  std::vector<std::string> lines;
};

// Says each line again, in the client's framing.
Task<> parrot(WebSocket& socket, ChatWebClient client, Heard& heard) {
  heard.clients.push_back(client);
  for (;;) {
    const auto message = co_await socket.receive(Deadline::never());
    if (!message) co_return;
    heard.lines.push_back(message->data);
    const bool is_text = client.framing == ChatFraming::text;
    if (!co_await socket.send({is_text, message->data}, Deadline::never())) co_return;
  }
}

ChatWebDoor door_of(Heard& heard, ChatWebOptions options = {}) {
  return ChatWebDoor(
      [&heard](WebSocket& socket, ChatWebClient client) { return parrot(socket, client, heard); },
      std::move(options));
}

// The handshake of RFC 6455 section 1.3, of a page of site.test unless `lines` say otherwise.
std::string upgrade(std::string_view lines, std::string_view host = "site.test") {
  return "GET /chat/socket HTTP/1.1\r\nHost: " + std::string(host) +
         "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
         "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n" +
         std::string(lines) + "\r\n";
}

// The answer to one request of a client that then says no more.
HttpHeardAnswer open(ChatWebOptions options, std::string request) {
  Heard heard;
  ChatWebDoor door = door_of(heard, std::move(options));
  HttpWorld it(door);
  std::vector<HttpSaid> script;
  script.push_back({.bytes = std::move(request), .ends = true});
  return it.hear(std::move(script)).only();
}

TEST(ChatWebDoor, ServesThePageAndNothingElse) {
  for (const auto& [path, status] : {std::pair("/", 200),
                                     {"/chat.js", 200},
                                     {"/chat/socket", 426},
                                     {"/chat/socket/", 404},
                                     {"/../etc/passwd", 404}}) {
    const int seen = open({}, get_of(path)).status;
    EXPECT_TRUE(seen == status || (status == 404 && seen == 400)) << path << ": " << seen;
  }
  EXPECT_EQ(open({}, get_of("/", "", "DELETE")).status, 405);
}

TEST(ChatWebDoor, AgreesOnTheFirstFramingOfTheClient) {
  for (const auto& [asked, agreed] :
       {std::pair("text.ircv3.net, binary.ircv3.net", "text.ircv3.net"),
        {"binary.ircv3.net, text.ircv3.net", "binary.ircv3.net"},
        {"unknown, binary.ircv3.net", "binary.ircv3.net"},
        {"unknown", ""}}) {
    const std::string lines = "Sec-WebSocket-Protocol: " + std::string(asked) + "\r\n";
    const HttpHeardAnswer answer = open({}, upgrade(lines));
    EXPECT_EQ(answer.status, 101);
    EXPECT_EQ(answer.field("sec-websocket-protocol"), agreed) << asked;
  }
  const std::string deflate = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
  EXPECT_EQ(open({}, upgrade(deflate)).field("sec-websocket-extensions"), "");
}

TEST(ChatWebDoor, LetsPagesOfOtherOriginsInOnlyWhereItIsTold) {
  const std::string evil = "Origin: https://evil.example\r\n";
  EXPECT_EQ(open({}, upgrade(evil)).status, 403);
  EXPECT_EQ(open({}, upgrade("Origin: null\r\n")).status, 403);
  EXPECT_EQ(open({}, upgrade("Origin: http://site.test\r\n")).status, 101);
  EXPECT_EQ(open({}, upgrade("")).status, 101) << "a program, not a page";
  EXPECT_EQ(open({.origins = {"https://evil.example"}}, upgrade(evil)).status, 101);
  EXPECT_EQ(open({.origins = {"https://good.example"}}, upgrade(evil)).status, 403);
}

// The page of evil.example, whose name leads to 127.0.0.1 now, is of the same origin as the server
// that it asks: only the name tells.
TEST(ChatWebDoor, KnowsALocalServerByLocalNamesOnly) {
  const std::string own = "Origin: http://evil.example:8080\r\n";
  EXPECT_EQ(open({.only_local = true}, upgrade(own, "evil.example:8080")).status, 403);
  EXPECT_EQ(open({.only_local = true}, get_of("/")).status, 403);
  EXPECT_EQ(open({}, upgrade(own, "evil.example:8080")).status, 101);
  for (const char* host : {"127.0.0.1:8080", "localhost:8080", "[::1]:8080"}) {
    const std::string origin = "Origin: http://" + std::string(host) + "\r\n";
    EXPECT_EQ(open({.only_local = true}, upgrade(origin, host)).status, 101) << host;
  }
}

Task<Result<>> say(Endpoint to, std::string protocol, std::string line, std::string& heard) {
  auto stream = co_await TcpStream::connect(to);
  if (!stream) co_return stream.error();
  auto socket = co_await connect_websocket(std::move(*stream), "site.test", "/chat/socket",
                                           {.terms = {.protocols = {protocol}}}, Deadline::never());
  if (!socket) co_return socket.error();
  if (const auto sent = co_await socket->send_text(line, Deadline::never()); !sent) co_return sent;
  const auto answer = co_await socket->receive(Deadline::never());
  if (!answer) co_return answer.error();
  heard = (answer->is_text ? "text " : "binary ") + answer->data;
  co_return co_await socket->close(1000, "", Deadline::never());
}

TEST(ChatWebDoor, HandsEachClientToTheTalk) {
  Heard heard;
  ChatWebDoor door = door_of(heard);
  for (const auto& [protocol, expected] :
       {std::pair("text.ircv3.net", "text PING :a"), {"binary.ircv3.net", "binary PING :a"}}) {
    HttpWorld it(door);
    std::string answer;
    const Endpoint to(it.pair.server.address(), k_http_port);
    it.pair.client.run(say(to, protocol, "PING :a", answer));
    it.run();
    EXPECT_EQ(answer, expected);
  }
  ASSERT_EQ(heard.clients.size(), 2U);
  EXPECT_EQ(heard.clients[0].framing, ChatFraming::text);
  EXPECT_EQ(heard.clients[1].framing, ChatFraming::binary);
  EXPECT_FALSE(heard.clients[0].secure);
  EXPECT_NE(heard.clients[0].peer.port(), 0);
  EXPECT_EQ(heard.lines, (std::vector<std::string>{"PING :a", "PING :a"}));
}

Task<Result<>> say_too_much(Endpoint to, std::uint16_t& code) {
  auto stream = co_await TcpStream::connect(to);
  if (!stream) co_return stream.error();
  auto socket = co_await connect_websocket(std::move(*stream), "site.test", "/chat/socket", {},
                                           Deadline::never());
  if (!socket) co_return socket.error();
  const std::string line(k_chat_message_max_bytes + 1, 'x');
  if (const auto sent = co_await socket->send_text(line, Deadline::never()); !sent) co_return sent;
  (void)co_await socket->receive(Deadline::never());
  code = socket->close_code();
  co_return ok();
}

TEST(ChatWebDoor, EndsALineThatIsTooLong) {
  Heard heard;
  ChatWebDoor door = door_of(heard);
  HttpWorld it(door);
  std::uint16_t code = 0;
  it.pair.client.run(say_too_much(Endpoint(it.pair.server.address(), k_http_port), code));
  it.run();
  EXPECT_EQ(code, 1009);
  EXPECT_TRUE(heard.lines.empty());
}

}  // namespace
}  // namespace patchbay
