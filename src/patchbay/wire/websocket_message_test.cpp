// The rules of RFC 6455 that frames can break between each other, one test each.
#include "patchbay/wire/websocket_message.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "patchbay/wire/websocket_message_fixture.hpp"

namespace patchbay {
namespace {

using namespace std::string_literals;
using enum WebSocketOpcode;
using Events = std::vector<WebSocketEvent>;

constexpr FrameShape k_more = {.final = false};

std::string close_frame(int code, std::string_view reason = {}) {
  std::string payload = {static_cast<char>(code >> 8), static_cast<char>(code & 0xff)};
  return masked(close, payload.append(reason));
}

// --- messages ------------------------------------------------------------------------------------

TEST(WebSocketReceiver, ReadsMessagesOneAfterTheOther) {
  const std::string all(300, 'x');
  const Reception got = receive(masked(text, "Hello") + masked(binary, "\x00\xff"s) +
                                masked(text, "") + masked(binary, all));
  EXPECT_EQ(got.close_code, 0);
  EXPECT_EQ(got.events, (Events{text_event("Hello"), event_of(binary, "\x00\xff"s), text_event(""),
                                event_of(binary, all)}));
}

TEST(WebSocketReceiver, JoinsFragments) {
  const Reception got = receive(masked(text, "Hel", k_more) + masked(continuation, "lo", k_more) +
                                masked(continuation, " you") + masked(binary, "next"));
  EXPECT_EQ(got.events, (Events{text_event("Hello you"), event_of(binary, "next")}));
}

TEST(WebSocketReceiver, JoinsEmptyFragments) {
  const Reception got = receive(masked(text, "", k_more) + masked(continuation, "", k_more) +
                                masked(continuation, "a", k_more) + masked(continuation, ""));
  EXPECT_EQ(got.events, (Events{text_event("a")}));
  EXPECT_EQ(got.close_code, 0);
}

TEST(WebSocketReceiver, TakesControlFramesBetweenFragments) {
  const Reception got = receive(masked(text, "Hel", k_more) + masked(ping, "1") + masked(pong, "") +
                                masked(ping, "2") + masked(continuation, "lo") + masked(ping, ""));
  EXPECT_EQ(got.events, (Events{event_of(ping, "1"), event_of(pong, ""), event_of(ping, "2"),
                                text_event("Hello"), event_of(ping, "")}));
}

TEST(WebSocketReceiver, TakesAPingOf125Bytes) {
  const std::string payload(125, '\xfe');
  EXPECT_EQ(receive(masked(ping, payload)).events, (Events{event_of(ping, payload)}));
}

TEST(WebSocketReceiver, KnowsWhatIsUnfinished) {
  WebSocketReceiver receiver(WebSocketRole::server, {});
  const auto give = [&](const std::string& bytes) {
    auto data = std::as_bytes(std::span(bytes));
    EXPECT_TRUE(receiver.next(data));
  };
  EXPECT_FALSE(receiver.unfinished());
  const std::string frame = masked(text, "Hel", k_more);
  give(frame.substr(0, 1));
  EXPECT_TRUE(receiver.unfinished());
  give(frame.substr(1));
  EXPECT_TRUE(receiver.unfinished());
  give(masked(continuation, "lo"));
  EXPECT_FALSE(receiver.unfinished());
}

// --- 1002: breaches of the protocol --------------------------------------------------------------

TEST(WebSocketReceiver, RefusesAClientsFrameWithoutAMask) {
  for (const WebSocketOpcode opcode : {text, binary, close, ping, pong}) {
    const Reception got = receive(masked(text, "ok") + plain(opcode, ""));
    EXPECT_EQ(got.close_code, 1002);
    EXPECT_EQ(got.why, "a frame of the client is not masked");
    EXPECT_EQ(got.events.size(), 1U);
  }
}

TEST(WebSocketReceiver, RefusesAServersFrameWithAMask) {
  const ReceiverShape client{.role = WebSocketRole::client};
  EXPECT_EQ(receive(plain(text, "Hello"), client).events, (Events{text_event("Hello")}));
  for (const WebSocketOpcode opcode : {text, binary, close, ping, pong}) {
    EXPECT_EQ(receive(masked(opcode, ""), client).close_code, 1002);
  }
}

TEST(WebSocketReceiver, RefusesAContinuationOfNothing) {
  EXPECT_EQ(receive(masked(continuation, "x")).close_code, 1002);
  EXPECT_EQ(receive(masked(continuation, "x", k_more)).close_code, 1002);
  const Reception after = receive(masked(text, "x") + masked(continuation, "y"));
  EXPECT_EQ(after.close_code, 1002);
  EXPECT_EQ(after.events.size(), 1U);
}

TEST(WebSocketReceiver, RefusesAMessageInsideAnother) {
  for (const WebSocketOpcode second : {text, binary}) {
    const Reception got = receive(masked(text, "x", k_more) + masked(second, "y"));
    EXPECT_EQ(got.close_code, 1002);
    EXPECT_EQ(got.why, "a message begins before the last one has ended");
  }
}

TEST(WebSocketReceiver, RefusesRsv1WithoutTheExtension) {
  EXPECT_EQ(receive(masked(text, "x", {.compressed = true})).close_code, 1002);
}

TEST(WebSocketReceiver, RefusesRsv1BehindTheFirstFrame) {
  const std::string hello = "\xf2\x48\xcd\xc9\xc9\x07\x00"s;
  const std::string first = masked(text, hello.substr(0, 3), {.final = false, .compressed = true});
  const Reception got = receive(first + masked(continuation, hello.substr(3), {.compressed = true}),
                                {.deflate = WebSocketDeflate{}});
  EXPECT_EQ(got.close_code, 1002);
  EXPECT_EQ(receive(first + masked(continuation, hello.substr(3)), {.deflate = WebSocketDeflate{}})
                .events,
            (Events{text_event("Hello")}));
}

TEST(WebSocketReceiver, RefusesRsv1OnControlFrames) {
  for (const WebSocketOpcode opcode : {close, ping, pong}) {
    const std::string frame = masked(opcode, "", {.compressed = true});
    EXPECT_EQ(receive(frame, {.deflate = WebSocketDeflate{}}).close_code, 1002);
  }
}

TEST(WebSocketReceiver, RefusesBadHeadsAmongGoodOnes) {
  for (const std::string& bad : {"\xb1\x80"s, "\x83\x80"s, "\x09\x80"s, "\x89\xfe"s,
                                 "\x81\xfe\x00\x05"s, "\x81\xff\x80"s + std::string(7, '\0')}) {
    const Reception got = receive(masked(text, "ok") + bad + "more");
    EXPECT_EQ(got.close_code, 1002) << escape_terminal(bad);
    EXPECT_EQ(got.events, (Events{text_event("ok")}));
  }
}

TEST(WebSocketReceiver, KeepsItsFault) {
  WebSocketReceiver receiver(WebSocketRole::server, {});
  const std::string bad = plain(text, "x");
  auto data = std::as_bytes(std::span(bad));
  ASSERT_FALSE(receiver.next(data));
  const std::string good = masked(text, "x");
  auto more = std::as_bytes(std::span(good));
  const auto again = receiver.next(more);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().fault(), Fault::protocol);
}

// --- closing -------------------------------------------------------------------------------------

TEST(WebSocketReceiver, ReadsEachCloseCode) {
  for (const int code : {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014,
                         3000, 3999, 4000, 4999}) {
    const Reception got = receive(close_frame(code, "because"));
    EXPECT_EQ(got.close_code, 0) << code;
    ASSERT_EQ(got.events.size(), 1U);
    EXPECT_EQ(got.events[0].kind, close);
    EXPECT_EQ(got.events[0].code, code);
    EXPECT_EQ(got.events[0].payload, "because");
  }
}

TEST(WebSocketReceiver, RefusesEachCodeThatMayNotBeSent) {
  for (const int code :
       {0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 9999, 65535}) {
    const Reception got = receive(close_frame(code));
    EXPECT_EQ(got.close_code, 1002) << code;
    EXPECT_TRUE(got.events.empty());
  }
}

TEST(WebSocketReceiver, ReadsACloseWithoutACode) {
  const Reception got = receive(masked(close, ""));
  ASSERT_EQ(got.events.size(), 1U);
  EXPECT_EQ(got.events[0].code, k_close_no_code);
}

TEST(WebSocketReceiver, RefusesACloseWithHalfACode) {
  EXPECT_EQ(receive(masked(close, "\x03")).close_code, 1002);
}

TEST(WebSocketReceiver, RefusesACloseWhoseReasonIsNotUtf8) {
  EXPECT_EQ(receive(close_frame(1000, "\xff")).close_code, 1007);
  EXPECT_EQ(receive(close_frame(1000, "cut \xe2\x82")).close_code, 1007);
}

TEST(WebSocketReceiver, TakesACloseBetweenFragments) {
  const Reception got = receive(masked(text, "x", k_more) + close_frame(1001));
  ASSERT_EQ(got.events.size(), 1U);
  EXPECT_EQ(got.events[0].code, 1001);
}

TEST(WebSocketReceiver, ThrowsAwayWhatFollowsAClose) {
  const Reception got = receive(close_frame(1000) + masked(text, "late") + masked(ping, "late") +
                                close_frame(1001) + plain(text, "and wrong") + "\xff\xff\xff"s);
  EXPECT_EQ(got.close_code, 0);
  ASSERT_EQ(got.events.size(), 1U);
  EXPECT_EQ(got.events[0].code, 1000);
}

// --- 1009: limits --------------------------------------------------------------------------------

TEST(WebSocketReceiver, TakesAMessageAsLongAsTheLimit) {
  const std::string most(1000, 'x');
  EXPECT_EQ(receive(masked(binary, most)).events, (Events{event_of(binary, most)}));
  EXPECT_EQ(receive(masked(binary, most.substr(0, 500), k_more) +
                    masked(continuation, most.substr(0, 500)) + masked(binary, most))
                .events,
            (Events{event_of(binary, most), event_of(binary, most)}));
}

TEST(WebSocketReceiver, RefusesALongerMessageAtItsHead) {
  const std::string frame = masked(binary, std::string(1001, 'x'));
  EXPECT_EQ(receive(frame).close_code, 1009);
  EXPECT_EQ(receive(frame.substr(0, 8)).close_code, 1009);
  const std::string endless = "\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff"s + "mask";
  EXPECT_EQ(receive(endless).close_code, 1009);
}

TEST(WebSocketReceiver, RefusesALongerMessageInFragments) {
  const std::string half(500, 'x');
  const std::string first = masked(binary, half, k_more) + masked(ping, std::string(125, 'p'));
  EXPECT_EQ(receive(first + masked(continuation, half)).close_code, 0);
  EXPECT_EQ(receive(first + masked(continuation, half + "x").substr(0, 8)).close_code, 1009);
}

TEST(WebSocketReceiver, CountsEachMessageByItself) {
  std::string many;
  for (int i = 0; i < 10; ++i) many += masked(binary, std::string(900, 'x'));
  EXPECT_EQ(receive(many).events.size(), 10U);
}

// --- sending -------------------------------------------------------------------------------------

std::string sent(WebSocketSender& sender, WebSocketOpcode kind, std::string_view payload) {
  std::string out;
  sender.begin(kind, payload);
  while (!sender.done()) EXPECT_TRUE(sender.next_frame(out, k_test_mask));
  return out;
}

TEST(WebSocketSender, SendsAShortMessageInOneFrame) {
  WebSocketSender server(WebSocketRole::server, {});
  EXPECT_EQ(sent(server, text, "Hello"), plain(text, "Hello"));
  EXPECT_EQ(sent(server, binary, ""), plain(binary, ""));
  WebSocketSender client(WebSocketRole::client, {});
  EXPECT_EQ(sent(client, text, "Hello"), masked(text, "Hello"));
}

TEST(WebSocketSender, CutsALongMessageIntoFrames) {
  WebSocketSender sender(WebSocketRole::server, {}, {.frame_max_bytes = 4});
  EXPECT_EQ(
      sent(sender, text, "Hello you"),
      plain(text, "Hell", k_more) + plain(continuation, "o yo", k_more) + plain(continuation, "u"));
  EXPECT_EQ(sent(sender, text, "Four"), plain(text, "Four"));
}

TEST(WebSocketSender, SendsControlFramesOfBothRoles) {
  std::string out;
  WebSocketSender(WebSocketRole::client, {}).control_frame(out, ping, "x", k_test_mask);
  EXPECT_EQ(out, masked(ping, "x"));
  out.clear();
  WebSocketSender(WebSocketRole::server, {})
      .control_frame(out, pong, std::string(200, 'x'), k_test_mask);
  EXPECT_EQ(out, plain(pong, std::string(125, 'x')));
}

TEST(WebSocketSender, IsReadByTheOtherRole) {
  for (const std::size_t frame_bytes : {1UZ, 2UZ, 100UZ, 1000UZ}) {
    WebSocketSender client(WebSocketRole::client, {}, {.frame_max_bytes = frame_bytes});
    std::string payload;
    for (int i = 0; i < 500; ++i) payload += static_cast<char>(i);
    EXPECT_EQ(receive(sent(client, binary, payload)).events, (Events{event_of(binary, payload)}));
    WebSocketSender server(WebSocketRole::server, {}, {.frame_max_bytes = frame_bytes});
    EXPECT_EQ(receive(sent(server, binary, payload), {.role = WebSocketRole::client}).events,
              (Events{event_of(binary, payload)}));
  }
}

TEST(WebSocketSender, BeginsAnewAfterAnAbandonedMessage) {
  WebSocketSender sender(WebSocketRole::server, {}, {.frame_max_bytes = 2});
  std::string out;
  sender.begin(text, "abcdef");
  EXPECT_TRUE(sender.next_frame(out, k_test_mask));
  EXPECT_FALSE(sender.done());
  sender.abandon();
  EXPECT_TRUE(sender.done());
  EXPECT_EQ(sent(sender, binary, "x"), plain(binary, "x"));
}

}  // namespace
}  // namespace patchbay
