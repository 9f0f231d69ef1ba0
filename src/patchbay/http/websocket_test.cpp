// What goes through a WebSocket, on both engines.
#include "patchbay/http/websocket.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "patchbay/http/websocket_pair_fixture.hpp"

namespace patchbay {
namespace {

using namespace std::string_literals;
using enum WebSocketOpcode;

class WebSockets : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(, WebSockets, all_engines(), engine_name);

// --- messages ------------------------------------------------------------------------------------

Task<> carries_messages(std::optional<WebSocketDeflate> deflate) {
  auto pair = co_await open_pair({}, deflate);
  CO_ASSERT(pair);
  EXPECT_EQ(pair->client.compresses(), deflate.has_value());
  std::string long_text;
  for (int i = 0; i < 20'000; ++i) long_text += "line " + std::to_string(i) + '\n';
  const std::vector<WebSocketMessage> messages = {{true, "Hello"},   {false, "\x00\xff\xfe"s},
                                                  {true, ""},        {false, ""},
                                                  {true, long_text}, {true, "κόσμε"}};
  for (const WebSocketMessage& message : messages) {
    EXPECT_TRUE(co_await pair->client.send(message, guard()));
    const auto at_server = co_await pair->server.receive(guard());
    CO_ASSERT(at_server);
    EXPECT_TRUE(*at_server == message);
    EXPECT_TRUE(co_await pair->server.send(*at_server, guard()));
    const auto back = co_await pair->client.receive(guard());
    CO_ASSERT(back);
    EXPECT_TRUE(*back == message);
  }
}
TEST_P(WebSockets, CarryMessagesBothWays) { run(carries_messages({})); }
TEST_P(WebSockets, CarryCompressedMessagesBothWays) { run(carries_messages(WebSocketDeflate{})); }

Task<> begins_with_what_was_read() {
  auto made = co_await open_by_hand({}, masked(text, "early") + masked(text, "cut").substr(0, 4));
  CO_ASSERT(made);
  EXPECT_TRUE(co_await made->peer.write_all(masked(text, "cut").substr(4)));
  for (const char* const expected : {"early", "cut"}) {
    const auto message = co_await made->server.receive(guard());
    CO_ASSERT(message);
    EXPECT_EQ(message->data, expected);
  }
}
TEST_P(WebSockets, BeginWithWhatCameWithTheHandshake) { run(begins_with_what_was_read()); }

Task<> refuses_bad_text() {
  auto made = co_await open_by_hand();
  CO_ASSERT(made);
  EXPECT_EQ(fault_of(co_await made->server.send_text("\xff", guard())), Fault::integrity);
  EXPECT_TRUE(co_await made->server.send_text("good", guard()));
  const auto events = co_await read_events(made->peer, 1);
  CO_ASSERT(events);
  EXPECT_EQ(*events, std::vector{text_event("good")});
}
TEST_P(WebSockets, SendNoTextThatIsNotUtf8) { run(refuses_bad_text()); }

Task<Result<>> send_many(WebSocket& socket, char letter) {
  const std::string payload(100'000, letter);
  for (int i = 0; i < 10; ++i) {
    const auto sent = co_await socket.send_text(payload, guard());
    if (!sent) co_return sent;
  }
  co_return ok();
}
Task<Result<>> receive_whole(WebSocket& socket, int count, int& whole) {
  for (int i = 0; i < count; ++i) {
    const auto message = co_await socket.receive(guard());
    if (!message) co_return message.error();
    const char letter = message->data.empty() ? '?' : message->data[0];
    if (message->data == std::string(100'000, letter)) ++whole;
  }
  co_return ok();
}
Task<> keeps_messages_of_two_senders_apart() {
  auto pair = co_await open_pair();
  CO_ASSERT(pair);
  int whole = 0;
  EXPECT_TRUE(co_await both(both(send_many(pair->server, 'a'), send_many(pair->server, 'b')),
                            receive_whole(pair->client, 20, whole)));
  EXPECT_EQ(whole, 20);
}
TEST_P(WebSockets, KeepMessagesOfTwoSendersApart) { run(keeps_messages_of_two_senders_apart()); }

Task<Result<>> expect_second_receive_refused(WebSocket& socket, Stream& peer) {
  EXPECT_EQ(fault_of(co_await socket.receive(guard())), Fault::limit);
  co_return co_await peer.write_all(masked(text, "x"));
}
Task<Result<>> receive_one(WebSocket& socket) {
  const auto message = co_await socket.receive(guard());
  if (!message) co_return message.error();
  co_return ok();
}
Task<> is_received_by_one_task() {
  auto made = co_await open_by_hand();
  CO_ASSERT(made);
  EXPECT_TRUE(co_await both(receive_one(made->server),
                            expect_second_receive_refused(made->server, made->peer)));
}
TEST_P(WebSockets, AreReceivedFromByOneTaskAtATime) { run(is_received_by_one_task()); }

Task<> loses_nothing_by_a_deadline() {
  auto made = co_await open_by_hand();
  CO_ASSERT(made);
  const std::string frame = masked(text, "Hello");
  EXPECT_TRUE(co_await made->peer.write_all(frame.substr(0, 8)));
  EXPECT_EQ(fault_of(co_await made->server.receive(Deadline::after(10ms))), Fault::timed_out);
  EXPECT_TRUE(made->server.is_open());
  EXPECT_EQ(fault_of(co_await when_cancelled(made->server.receive(guard()))), Fault::cancelled);
  EXPECT_TRUE(made->server.is_open());
  EXPECT_TRUE(co_await made->peer.write_all(frame.substr(8)));
  const auto message = co_await made->server.receive(guard());
  CO_ASSERT(message);
  EXPECT_EQ(message->data, "Hello");
}
TEST_P(WebSockets, LoseNothingByADeadlineOrACancel) { run(loses_nothing_by_a_deadline()); }

// --- control frames ------------------------------------------------------------------------------

Task<> answers_pings() {
  auto made = co_await open_by_hand();
  CO_ASSERT(made);
  EXPECT_TRUE(co_await made->peer.write_all(
      masked(ping, "1") + masked(text, "Hel", {.final = false}) + masked(ping, "2") +
      masked(pong, "unasked") + masked(continuation, "lo")));
  const auto message = co_await made->server.receive(guard());
  CO_ASSERT(message);
  EXPECT_EQ(message->data, "Hello");
  const auto events = co_await read_events(made->peer, 2);
  CO_ASSERT(events);
  EXPECT_EQ(*events, (std::vector{event_of(pong, "1"), event_of(pong, "2")}));
}
TEST_P(WebSockets, AnswerPingsWithTheirOwnWords) { run(answers_pings()); }

Task<> sends_pings() {
  auto made = co_await open_by_hand();
  CO_ASSERT(made);
  EXPECT_TRUE(co_await made->server.ping("are you there", guard()));
  EXPECT_EQ(fault_of(co_await made->server.ping(std::string(126, 'x'), guard())), Fault::limit);
  const auto events = co_await read_events(made->peer, 1);
  CO_ASSERT(events);
  EXPECT_EQ(*events, std::vector{event_of(ping, "are you there")});
}
TEST_P(WebSockets, SendPings) { run(sends_pings()); }

Task<Result<>> ping_while_it_sends(HandMade& made, std::optional<Result<>>& done) {
  const auto told = co_await made.peer.write_all(masked(ping, "old") + masked(ping, "new") +
                                                 masked(text, "still here"));
  if (!told) co_return told;
  const auto message = co_await made.server.receive(guard());
  if (!message) co_return message.error();
  EXPECT_EQ(message->data, "still here");
  EXPECT_FALSE(done);  // nobody has read any of it
  const auto events = co_await read_events(made.peer, 2);
  if (!events) co_return events.error();
  // The pong has come between two frames of the message.
  EXPECT_EQ(events->size(), 2U);
  if (events->size() < 2) co_return ok();
  EXPECT_EQ((*events)[0], event_of(pong, "new"));
  EXPECT_EQ((*events)[1].payload.size(), k_big);
  co_return ok();
}
Task<> receives_while_a_sender_is_stuck() {
  auto made = co_await open_by_hand();
  CO_ASSERT(made);
  std::optional<Result<>> done;
  EXPECT_TRUE(co_await both(send_big(made->server, done), ping_while_it_sends(*made, done)));
  EXPECT_TRUE(done && *done);
}
TEST_P(WebSockets, ReceiveWhileASenderIsStuck) { run(receives_while_a_sender_is_stuck()); }

// --- a cut in the middle -------------------------------------------------------------------------

Task<> sends_nothing_behind_half_a_message() {
  auto made = co_await open_by_hand();
  CO_ASSERT(made);
  const std::string big(k_big, 'b');
  EXPECT_EQ(fault_of(co_await made->server.send_text(big, Deadline::after(50ms))),
            Fault::timed_out);
  EXPECT_EQ(fault_of(co_await made->server.send_text("x", guard())), Fault::closed);
  EXPECT_EQ(fault_of(co_await made->server.close(1000, "", guard())), Fault::closed);
}
TEST_P(WebSockets, SendNothingBehindHalfAMessage) { run(sends_nothing_behind_half_a_message()); }

Task<> goes_on_after_a_message_that_never_began() {
  auto pair = co_await open_pair({.sending = {.compress_from_bytes = 0}}, WebSocketDeflate{});
  CO_ASSERT(pair);
  EXPECT_TRUE(co_await pair->server.send_text("first", guard()));
  EXPECT_EQ(fault_of(co_await pair->server.send_text("lost", Deadline::after(0s))),
            Fault::timed_out);
  EXPECT_EQ(fault_of(co_await when_cancelled(pair->server.send_text("lost", guard()))),
            Fault::cancelled);
  EXPECT_TRUE(co_await pair->server.send_text("lost and found", guard()));
  for (const char* const expected : {"first", "lost and found"}) {
    const auto message = co_await pair->client.receive(guard());
    CO_ASSERT(message);
    EXPECT_EQ(message->data, expected);
  }
}
TEST_P(WebSockets, GoOnAfterAMessageThatNeverBegan) {
  run(goes_on_after_a_message_that_never_began());
}

Task<> answers_later_what_a_cancel_cut() {
  auto made = co_await open_by_hand({}, masked(ping, "p") + masked(text, "x"));
  CO_ASSERT(made);
  EXPECT_EQ(fault_of(co_await when_cancelled(made->server.receive(guard()))), Fault::cancelled);
  EXPECT_TRUE(made->server.is_open());
  const auto message = co_await made->server.receive(guard());
  CO_ASSERT(message);
  EXPECT_TRUE(co_await made->server.send_text("y", guard()));
  const auto events = co_await read_events(made->peer, 2);
  CO_ASSERT(events);
  EXPECT_EQ(*events, (std::vector{event_of(pong, "p"), text_event("y")}));
}
TEST_P(WebSockets, AnswerLaterWhatACancelHasCut) { run(answers_later_what_a_cancel_cut()); }

}  // namespace
}  // namespace patchbay
