#include "patchbay/wire/websocket_handshake.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "patchbay/wire/websocket_extensions.hpp"

namespace patchbay {
namespace {

constexpr std::string_view k_rfc_key = "dGhlIHNhbXBsZSBub25jZQ==";
constexpr std::string_view k_rfc_accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

WebSocketRequest good_request() {
  return {.host = "server.example.com",
          .upgrade = "websocket",
          .connection = "Upgrade",
          .key = k_rfc_key,
          .version = "13"};
}

std::string field(const std::vector<WebSocketField>& fields, std::string_view name) {
  for (const auto& [key, value] : fields) {
    if (key == name) return value;
  }
  return "(none)";
}

int status_of(const WebSocketRequest& request, const WebSocketTerms& terms = {}) {
  const WebSocketAnswer answer = answer_websocket(request, terms);
  EXPECT_EQ(answer.accepted(), answer.why == nullptr);
  return answer.status;
}

// --- keys ----------------------------------------------------------------------------------------

TEST(WebSocketKey, IsAnsweredAsInTheRfc) { EXPECT_EQ(websocket_accept(k_rfc_key), k_rfc_accept); }

TEST(WebSocketKey, IsSixteenBytesInBase64) {
  EXPECT_TRUE(is_websocket_key(k_rfc_key));
  EXPECT_TRUE(is_websocket_key(websocket_key({0, 0})));
  EXPECT_EQ(websocket_key({0, 0}), "AAAAAAAAAAAAAAAAAAAAAA==");
  EXPECT_NE(websocket_key({1, 2}), websocket_key({2, 1}));
  for (const char* const junk :
       {"", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===", "dGhlIHNhbXBsZSBub25jZQAA",
        "dGhlIHNhbXBsZSBub25jZ===", "dGhlIHNhbXBsZSBub25j", "dGhlIHNhbXBsZ-Bub25jZQ==",
        " dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ==, dGhlIHNhbXBsZSBub25jZQ=="}) {
    EXPECT_FALSE(is_websocket_key(junk)) << junk;
  }
}

// --- the request: RFC 6455 section 4.2.1 ---------------------------------------------------------

TEST(WebSocketRequest, IsAnsweredWithTheAcceptedKey) {
  const WebSocketAnswer answer = answer_websocket(good_request(), {});
  ASSERT_TRUE(answer.accepted());
  EXPECT_EQ(field(answer.fields, "Upgrade"), "websocket");
  EXPECT_EQ(field(answer.fields, "Connection"), "Upgrade");
  EXPECT_EQ(field(answer.fields, "Sec-WebSocket-Accept"), k_rfc_accept);
  EXPECT_EQ(field(answer.fields, "Sec-WebSocket-Protocol"), "(none)");
  EXPECT_EQ(field(answer.fields, "Sec-WebSocket-Extensions"), "(none)");
}

TEST(WebSocketRequest, TakesItsWordsInAnyCaseAndAmongOthers) {
  WebSocketRequest request = good_request();
  request.upgrade = "h2c, HTTP/3.0 , WebSocket";
  request.connection = "keep-alive,\tUPGRADE";
  EXPECT_EQ(status_of(request), 101);
  EXPECT_TRUE(asks_for_websocket(request));
  request.connection = "keep-alive";
  EXPECT_FALSE(asks_for_websocket(request));
}

TEST(WebSocketRequest, IsRefusedForEachPartThatIsWrong) {
  const auto with = [](auto member, auto value) {
    WebSocketRequest request = good_request();
    request.*member = value;
    return status_of(request);
  };
  EXPECT_EQ(with(&WebSocketRequest::method, "POST"), 405);
  EXPECT_EQ(with(&WebSocketRequest::is_http_1_1, false), 400);
  EXPECT_EQ(with(&WebSocketRequest::host, ""), 400);
  EXPECT_EQ(with(&WebSocketRequest::upgrade, ""), 426);
  EXPECT_EQ(with(&WebSocketRequest::upgrade, "websockets"), 426);
  EXPECT_EQ(with(&WebSocketRequest::connection, ""), 400);
  EXPECT_EQ(with(&WebSocketRequest::connection, "keep-alive"), 400);
  EXPECT_EQ(with(&WebSocketRequest::key, ""), 400);
  EXPECT_EQ(with(&WebSocketRequest::key, "short"), 400);
  EXPECT_EQ(with(&WebSocketRequest::version, ""), 426);
  EXPECT_EQ(with(&WebSocketRequest::version, "8"), 426);
  EXPECT_EQ(with(&WebSocketRequest::version, "13, 13"), 426);
  EXPECT_EQ(with(&WebSocketRequest::protocols, "a,,b;c"), 400);
  EXPECT_EQ(with(&WebSocketRequest::protocols, "chat, chat"), 400);
  EXPECT_EQ(with(&WebSocketRequest::extensions, "a;=1"), 400);
}

TEST(WebSocketRequest, OfAnotherVersionIsToldTheRightOne) {
  WebSocketRequest request = good_request();
  request.version = "25";
  const WebSocketAnswer answer = answer_websocket(request, {});
  EXPECT_EQ(answer.status, 426);
  EXPECT_EQ(field(answer.fields, "Sec-WebSocket-Version"), "13");
}

TEST(WebSocketRequest, OfAForeignPageIsRefused) {
  const auto from = [](std::string_view origin, std::string_view host, WebSocketTerms terms = {}) {
    WebSocketRequest request = good_request();
    request.origin = origin;
    request.host = host;
    return status_of(request, terms);
  };
  EXPECT_EQ(from("", "example.org"), 101);
  EXPECT_EQ(from("http://example.org", "example.org"), 101);
  EXPECT_EQ(from("https://Example.ORG", "example.org"), 101);
  EXPECT_EQ(from("http://example.org", "example.org:80"), 101);
  EXPECT_EQ(from("https://example.org:443", "example.org"), 101);
  EXPECT_EQ(from("http://example.org:8080", "example.org:8080"), 101);
  EXPECT_EQ(from("http://[::1]:8080", "[::1]:8080"), 101);
  EXPECT_EQ(from("http://example.org:8080", "example.org"), 403);
  EXPECT_EQ(from("http://evil.example", "example.org"), 403);
  EXPECT_EQ(from("http://example.org.evil.example", "example.org"), 403);
  EXPECT_EQ(from("null", "null"), 403);
  EXPECT_EQ(from("http://", ""), 400);
  EXPECT_EQ(from("http://a.example", "b.example", {.origins = {"http://a.example"}}), 101);
  EXPECT_EQ(from("http://c.example", "b.example", {.origins = {"http://a.example"}}), 403);
  EXPECT_EQ(from("null", "b.example", {.origins = {"*"}}), 101);
}

TEST(WebSocketRequest, GetsTheFirstOfItsProtocolsThatIsKnown) {
  WebSocketRequest request = good_request();
  request.protocols = "superchat, chat, plain";
  const WebSocketAnswer answer = answer_websocket(request, {.protocols = {"plain", "chat"}});
  EXPECT_EQ(answer.agreement.protocol, "chat");
  EXPECT_EQ(field(answer.fields, "Sec-WebSocket-Protocol"), "chat");
  const WebSocketAnswer none = answer_websocket(request, {.protocols = {"Chat"}});
  EXPECT_TRUE(none.accepted());
  EXPECT_EQ(field(none.fields, "Sec-WebSocket-Protocol"), "(none)");
}

// --- offers of compression: RFC 7692 section 7.1 -------------------------------------------------

// What is answered to a client's offers; "(none)" for no compression.
std::string answer_to(std::string_view offers, const WebSocketDeflate& wish = {}) {
  WebSocketRequest request = good_request();
  request.extensions = offers;
  const WebSocketAnswer answer = answer_websocket(request, {.deflate = wish});
  EXPECT_TRUE(answer.accepted()) << offers;
  const std::string text = field(answer.fields, "Sec-WebSocket-Extensions");
  EXPECT_EQ(answer.agreement.deflate.has_value(), text != "(none)");
  return text;
}

WebSocketDeflate agreed_on(std::string_view offers, const WebSocketDeflate& wish) {
  WebSocketRequest request = good_request();
  request.extensions = offers;
  return answer_websocket(request, {.deflate = wish})
      .agreement.deflate.value_or(WebSocketDeflate{});
}

TEST(WebSocketDeflateOffer, IsAnsweredWithEachOfTheFourParameters) {
  EXPECT_EQ(answer_to("permessage-deflate"), "permessage-deflate");
  EXPECT_EQ(answer_to("permessage-deflate; server_no_context_takeover"),
            "permessage-deflate; server_no_context_takeover");
  EXPECT_EQ(answer_to("permessage-deflate; client_no_context_takeover"),
            "permessage-deflate; client_no_context_takeover");
  EXPECT_EQ(answer_to("permessage-deflate; server_max_window_bits=10"),
            "permessage-deflate; server_max_window_bits=10");
  EXPECT_EQ(answer_to("permessage-deflate; client_max_window_bits=10"),
            "permessage-deflate; client_max_window_bits=10");
  EXPECT_EQ(answer_to("permessage-deflate; client_max_window_bits"), "permessage-deflate");
  EXPECT_EQ(
      answer_to("permessage-deflate ; server_max_window_bits = \"1\\2\";"
                "client_no_context_takeover;client_max_window_bits;server_no_context_takeover"),
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
      "server_max_window_bits=12");
}

TEST(WebSocketDeflateOffer, MeetsTheWishesOfTheServerWhereTheClientAllows) {
  const WebSocketDeflate wish{.server_no_context_takeover = true,
                              .client_no_context_takeover = true,
                              .server_max_window_bits = 12,
                              .client_max_window_bits = 11};
  EXPECT_EQ(answer_to("permessage-deflate", wish),
            "permessage-deflate; server_no_context_takeover; client_no_context_takeover");
  EXPECT_EQ(
      answer_to("permessage-deflate; client_max_window_bits; server_max_window_bits=15", wish),
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
      "server_max_window_bits=12; client_max_window_bits=11");
  EXPECT_EQ(
      answer_to("permessage-deflate; client_max_window_bits=9; server_max_window_bits=9", wish),
      "permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
      "server_max_window_bits=9; client_max_window_bits=9");
}

TEST(WebSocketDeflateOffer, LimitsOnlyItsOwnWindowWithoutAsking) {
  const WebSocketDeflate wish{.server_max_window_bits = 12, .client_max_window_bits = 12};
  const WebSocketDeflate agreed = agreed_on("permessage-deflate", wish);
  EXPECT_EQ(agreed.server_max_window_bits, 12);
  EXPECT_EQ(agreed.client_max_window_bits, 15);  // it was never told otherwise
}

TEST(WebSocketDeflateOffer, OfAServerWindowOf8BitsIsDeclined) {
  EXPECT_EQ(answer_to("permessage-deflate; server_max_window_bits=8"), "(none)");
  EXPECT_EQ(answer_to("permessage-deflate; server_max_window_bits=8, permessage-deflate"),
            "permessage-deflate");
  EXPECT_EQ(answer_to("permessage-deflate; client_max_window_bits=8"),
            "permessage-deflate; client_max_window_bits=8");
  for (int bits = 9; bits <= 15; ++bits) {
    const std::string offer = "permessage-deflate; server_max_window_bits=" + std::to_string(bits);
    EXPECT_EQ(answer_to(offer), offer);
  }
}

TEST(WebSocketDeflateOffer, IsDeclinedForAnyParameterThatIsWrong) {
  for (const char* const parameters :
       {"unknown", "server_no_context_takeover=1", "client_no_context_takeover=true",
        "server_max_window_bits", "server_max_window_bits=7", "server_max_window_bits=16",
        "server_max_window_bits=09", "server_max_window_bits=1", "server_max_window_bits=100",
        "server_max_window_bits=x", "client_max_window_bits=7", "client_max_window_bits=16",
        "client_max_window_bits=010", "Server_no_context_takeover",
        "server_no_context_takeover; server_no_context_takeover",
        "client_no_context_takeover; client_no_context_takeover",
        "server_max_window_bits=10; server_max_window_bits=10",
        "client_max_window_bits; client_max_window_bits=10"}) {
    const std::string offer = "permessage-deflate; " + std::string(parameters);
    EXPECT_EQ(answer_to(offer), "(none)") << offer;
    EXPECT_EQ(answer_to(offer + ", permessage-deflate; server_max_window_bits=11"),
              "permessage-deflate; server_max_window_bits=11");
  }
}

TEST(WebSocketDeflateOffer, IsTakenInTheOrderOfTheClient) {
  EXPECT_EQ(answer_to("x-webkit-deflate-frame, , permessage-deflate; server_max_window_bits=10, "
                      "permessage-deflate"),
            "permessage-deflate; server_max_window_bits=10");
}

TEST(WebSocketDeflateOffer, IsIgnoredByAServerWithoutCompression) {
  WebSocketRequest request = good_request();
  request.extensions = "permessage-deflate";
  const WebSocketAnswer answer = answer_websocket(request, {.deflate = std::nullopt});
  EXPECT_TRUE(answer.accepted());
  EXPECT_FALSE(answer.agreement.deflate);
}

TEST(WebSocketExtensions, RefusesWhatIsNoListOfThem) {
  for (const char* const junk :
       {";", "a;", "a; ;b", "a;b=", "a;b=\"", "a;b=\"x", "a;b=\"\\", "a b", "a;b c", "a=1",
        "a;b=\"x y\"", "a;b=\"\"", "\"a\"", "a;b=c=d", "a\x01", "a/b"}) {
    const auto read = read_websocket_extensions(junk);
    ASSERT_FALSE(read) << junk;
    EXPECT_EQ(read.error().fault(), Fault::protocol) << junk;
  }
}

TEST(WebSocketExtensions, HasALimit) {
  std::string many;
  std::string parameters = "a";
  for (int i = 0; i < 32; ++i) {
    many += "a,";
    parameters += ";b=1";
  }
  EXPECT_EQ(read_websocket_extensions(many)->size(), 32U);
  EXPECT_EQ(read_websocket_extensions(many + "a").error().fault(), Fault::limit);
  EXPECT_EQ(read_websocket_extensions(parameters)->at(0).parameters.size(), 32U);
  EXPECT_EQ(read_websocket_extensions(parameters + ";b").error().fault(), Fault::limit);
}

// --- the client's side: RFC 6455 section 4.1 -----------------------------------------------------

WebSocketReply good_reply() {
  return {.status = 101, .upgrade = "WebSocket", .connection = "upgrade", .accept = k_rfc_accept};
}

TEST(WebSocketReply, IsAcceptedWhenItProvesThatTheKeyWasUnderstood) {
  const auto agreement = check_websocket_reply(good_reply(), k_rfc_key, {});
  ASSERT_TRUE(agreement) << agreement.error().describe();
  EXPECT_EQ(agreement->protocol, "");
  EXPECT_FALSE(agreement->deflate);
}

TEST(WebSocketReply, IsRefusedForEachPartThatIsWrong) {
  const auto with = [](auto member, auto value) {
    WebSocketReply reply = good_reply();
    reply.*member = value;
    const auto agreement = check_websocket_reply(reply, k_rfc_key, {.protocols = {"chat"}});
    return agreement ? Fault::system : agreement.error().fault();
  };
  EXPECT_EQ(with(&WebSocketReply::status, 200), Fault::refused);
  EXPECT_EQ(with(&WebSocketReply::upgrade, ""), Fault::protocol);
  EXPECT_EQ(with(&WebSocketReply::upgrade, "h2c"), Fault::protocol);
  EXPECT_EQ(with(&WebSocketReply::connection, "close"), Fault::protocol);
  EXPECT_EQ(with(&WebSocketReply::accept, ""), Fault::protocol);
  EXPECT_EQ(with(&WebSocketReply::accept, "S3pPLMBiTxaQ9kYGzzhZRbK+xOo="), Fault::protocol);
  EXPECT_EQ(with(&WebSocketReply::protocol, "Chat"), Fault::protocol);
  EXPECT_EQ(with(&WebSocketReply::protocol, "chat, chat"), Fault::protocol);
  EXPECT_EQ(with(&WebSocketReply::extensions, "x-other"), Fault::protocol);
  EXPECT_EQ(with(&WebSocketReply::extensions, "permessage-deflate, permessage-deflate"),
            Fault::protocol);
}

// What the client takes an answer for; nothing: it ends the connection.
std::optional<WebSocketDeflate> taken(std::string_view extensions,
                                      const WebSocketDeflate& wish = {}) {
  WebSocketReply reply = good_reply();
  reply.extensions = extensions;
  const auto agreement = check_websocket_reply(reply, k_rfc_key, {.deflate = wish});
  return agreement ? agreement->deflate : std::nullopt;
}

TEST(WebSocketReply, MayLimitBothWindows) {
  EXPECT_EQ(taken("permessage-deflate"), WebSocketDeflate{});
  EXPECT_EQ(taken("permessage-deflate; server_no_context_takeover; client_no_context_takeover; "
                  "server_max_window_bits=8; client_max_window_bits=8"),
            (WebSocketDeflate{true, true, 8, 8}));
  EXPECT_EQ(taken("permessage-deflate; client_max_window_bits=14", {.client_max_window_bits = 12}),
            (WebSocketDeflate{.client_max_window_bits = 12}));
}

TEST(WebSocketReply, MayNotHaveParametersThatAreWrong) {
  for (const char* const parameters :
       {"unknown", "client_max_window_bits", "server_max_window_bits", "server_max_window_bits=16",
        "server_no_context_takeover=1", "server_no_context_takeover; server_no_context_takeover"}) {
    EXPECT_FALSE(taken("permessage-deflate; " + std::string(parameters))) << parameters;
  }
  EXPECT_FALSE(taken("permessage-deflate", {.server_no_context_takeover = true}));
}

TEST(WebSocketReply, ToNoOfferMayHaveNoExtension) {
  WebSocketReply reply = good_reply();
  reply.extensions = "permessage-deflate";
  EXPECT_FALSE(check_websocket_reply(reply, k_rfc_key, {.deflate = std::nullopt}));
}

TEST(WebSocketHandshake, OfBothRolesComesToTheSame) {
  const WebSocketTerms client{.protocols = {"a", "b"},
                              .deflate = WebSocketDeflate{.server_no_context_takeover = true,
                                                          .server_max_window_bits = 11,
                                                          .client_max_window_bits = 13}};
  const WebSocketTerms server{.protocols = {"b"},
                              .deflate = WebSocketDeflate{.client_max_window_bits = 12}};
  const std::string key = websocket_key({0x0123456789abcdef, 42});
  const auto asked = websocket_request_fields(key, client);
  const std::string protocols = field(asked, "Sec-WebSocket-Protocol");
  const std::string offers = field(asked, "Sec-WebSocket-Extensions");
  WebSocketRequest request = good_request();
  request.key = key;
  request.protocols = protocols;
  request.extensions = offers;
  const WebSocketAnswer answer = answer_websocket(request, server);
  ASSERT_TRUE(answer.accepted());

  const std::string accept = field(answer.fields, "Sec-WebSocket-Accept");
  const std::string extensions = field(answer.fields, "Sec-WebSocket-Extensions");
  WebSocketReply reply = good_reply();
  reply.accept = accept;
  reply.protocol = answer.agreement.protocol;
  reply.extensions = extensions;
  const auto agreement = check_websocket_reply(reply, key, client);
  ASSERT_TRUE(agreement) << agreement.error().describe();
  EXPECT_EQ(agreement->protocol, "b");
  EXPECT_EQ(agreement->deflate, answer.agreement.deflate);
  EXPECT_EQ(agreement->deflate, (WebSocketDeflate{true, false, 11, 12}));
}

}  // namespace
}  // namespace patchbay
