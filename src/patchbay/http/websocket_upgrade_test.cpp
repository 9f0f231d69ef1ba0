#include "patchbay/http/websocket_upgrade.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

Task<> say_nothing(WebSocket&) { co_return; }

HttpRequest request_of(int version, HttpFields fields) {
  HttpRequest request{.method = "GET", .path = "/chat", .host = "here.example"};
  request.version = version;
  request.fields = std::move(fields);
  return request;
}

// The example of RFC 6455 section 1.3.
HttpFields handshake() {
  HttpFields fields;
  fields.add("Upgrade", "websocket");
  fields.add("Connection", "keep-alive, Upgrade");
  fields.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
  fields.add("Sec-WebSocket-Version", "13");
  return fields;
}

TEST(WebSocketUpgrade, AnswersTheExampleOfTheRfc) {
  const HttpResponse response = accept_websocket(request_of(11, handshake()), say_nothing);
  EXPECT_EQ(response.status, 101);
  EXPECT_EQ(response.field("sec-websocket-accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  EXPECT_EQ(response.field("upgrade"), "websocket");
  EXPECT_TRUE(response.field("connection").empty()) << "the server writes it";
  EXPECT_NE(response.upgrade, nullptr);
}

TEST(WebSocketUpgrade, RefusesWhatIsNone) {
  HttpFields old = handshake();
  HttpFields fields;
  for (const HttpField& field : old) {
    fields.add(field.name, field.name == "Sec-WebSocket-Version" ? "8" : field.value);
  }
  EXPECT_EQ(accept_websocket(request_of(11, fields), say_nothing).status, 426);
  EXPECT_EQ(accept_websocket(request_of(11, {}), say_nothing).status, 426);
  EXPECT_EQ(accept_websocket(request_of(20, handshake()), say_nothing).status, 501);
  HttpFields twice = handshake();
  twice.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
  EXPECT_EQ(accept_websocket(request_of(11, twice), say_nothing).status, 400);
}

TEST(WebSocketUpgrade, LetsInNoPageOfAnotherOrigin) {
  HttpFields fields = handshake();
  fields.add("Origin", "http://evil.example");
  EXPECT_EQ(accept_websocket(request_of(11, fields), say_nothing).status, 403);
  EXPECT_EQ(accept_websocket(request_of(11, fields), say_nothing, {.origins = {"*"}}).status, 101);
  // Two of them are not the same as none.
  fields.add("Origin", "http://here.example");
  EXPECT_EQ(accept_websocket(request_of(11, fields), say_nothing).status, 400);
}

}  // namespace
}  // namespace patchbay
