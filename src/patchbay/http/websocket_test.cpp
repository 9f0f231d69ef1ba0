// A WebSocket over a stream, on both engines; the other end is another one, or a program that
// writes frames by hand.
#include "patchbay/http/websocket.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "patchbay/net/conformance/engine_test.hpp"
#include "patchbay/wire/websocket_message_fixture.hpp"

namespace patchbay {
namespace {

using namespace std::string_literals;
using enum WebSocketOpcode;

class WebSockets : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(, WebSockets, all_engines(), engine_name);

// What only a clock shows runs on the simulated network, where it takes no time.
class WebSocketTime : public EngineFixture {
 protected:
  void SetUp() override { start({"simulated", sim::make_lone_loop, true}); }
};

constexpr std::size_t k_big = 8 * 1024 * 1024;  // more than the buffers of both ends hold

struct Sockets {
  WebSocket client;
  WebSocket server;
};

Task<Result<Sockets>> open_pair(WebSocketOptions options = {},
                                std::optional<WebSocketDeflate> deflate = {}) {
  auto pair = co_await connect_pair();
  if (!pair) co_return pair.error();
  const WebSocketAgreement agreement{.deflate = deflate};
  co_return Sockets{WebSocket::client(std::move(pair->client), "", agreement, options),
                    WebSocket::server(std::move(pair->server), "", agreement, options)};
}

// A server, and a client that does as the test wants.
struct HandMade {
  WebSocket server;
  TcpStream peer;
};

Task<Result<HandMade>> open_by_hand(WebSocketOptions options = {}, std::string already_read = {}) {
  auto pair = co_await connect_pair();
  if (!pair) co_return pair.error();
  co_return HandMade{
      WebSocket::server(std::move(pair->server), std::move(already_read), {}, options),
      std::move(pair->client)};
}

std::string close_frame(int code, std::string_view reason = {}) {
  return masked(close, write_websocket_close(static_cast<std::uint16_t>(code), reason));
}

Fault fault_of(const auto& result) { return result ? Fault::system : result.error().fault(); }

// What the server sends until it ends or closes.
Task<Result<std::vector<WebSocketEvent>>> read_events(Stream& peer, std::size_t count) {
  WebSocketReceiver receiver(WebSocketRole::client, {}, 2 * k_big);
  std::vector<WebSocketEvent> events;
  while (events.size() < count) {
    const auto data = co_await peer.receive(guard());
    if (!data) co_return data.error();
    if (data->empty()) break;
    for (auto bytes = data->bytes();;) {
      const auto event = receiver.next(bytes);
      if (!event) co_return event.error();
      if (!*event) break;
      events.push_back(**event);
    }
  }
  co_return events;
}

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

Task<Result<>> send_big(WebSocket& socket, std::optional<Result<>>& done) {
  const std::string big(k_big, 'b');
  done = co_await socket.send_binary(std::as_bytes(std::span(big)), guard());
  co_return ok();
}
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

// --- closing -------------------------------------------------------------------------------------

Task<Result<>> receive_until_closed(WebSocket& socket, std::vector<std::string>& messages) {
  for (;;) {
    auto message = co_await socket.receive(guard());
    if (message) {
      messages.push_back(std::move(message->data));
      continue;
    }
    EXPECT_EQ(message.error().fault(), Fault::closed);
    co_return ok();
  }
}
Task<> closes_both_ways(bool server_begins) {
  auto pair = co_await open_pair();
  CO_ASSERT(pair);
  WebSocket& one = server_begins ? pair->server : pair->client;
  WebSocket& other = server_begins ? pair->client : pair->server;
  EXPECT_TRUE(co_await one.send_text("last words", guard()));
  std::vector<std::string> heard;
  EXPECT_TRUE(co_await both(one.close(4000, "bye", guard()), receive_until_closed(other, heard)));
  EXPECT_EQ(heard, std::vector{"last words"s});
  EXPECT_EQ(other.close_code(), 4000);
  EXPECT_EQ(other.close_reason(), "bye");
  EXPECT_EQ(one.close_code(), 4000);
  for (WebSocket* const socket : {&one, &other}) {
    EXPECT_FALSE(socket->is_open());
    EXPECT_EQ(fault_of(co_await socket->receive(guard())), Fault::closed);
    EXPECT_EQ(fault_of(co_await socket->send_text("late", guard())), Fault::closed);
    EXPECT_EQ(fault_of(co_await socket->ping("late", guard())), Fault::closed);
    EXPECT_TRUE(co_await socket->close(1000, "", guard()));
  }
}
TEST_P(WebSockets, AreClosedByTheServer) { run(closes_both_ways(true)); }
TEST_P(WebSockets, AreClosedByTheClient) { run(closes_both_ways(false)); }

Task<> closes_at_once() {
  auto pair = co_await open_pair();
  CO_ASSERT(pair);
  EXPECT_TRUE(
      co_await both(pair->client.close(1000, "", guard()), pair->server.close(1001, "", guard())));
  EXPECT_EQ(pair->client.close_code(), 1001);
  EXPECT_EQ(pair->server.close_code(), 1000);
}
TEST_P(WebSockets, AreClosedByBothAtOnce) { run(closes_at_once()); }

Task<> closes_while_another_task_receives() {
  auto pair = co_await open_pair();
  CO_ASSERT(pair);
  std::vector<std::string> at_client, at_server;
  EXPECT_TRUE(co_await both(
      both(receive_until_closed(pair->client, at_client), pair->client.close(1000, "", guard())),
      receive_until_closed(pair->server, at_server)));
  EXPECT_EQ(pair->server.close_code(), 1000);
}
TEST_P(WebSockets, AreClosedWhileAnotherTaskReceives) { run(closes_while_another_task_receives()); }

Task<> echoes_the_close(int code) {
  auto made = co_await open_by_hand();
  CO_ASSERT(made);
  const std::string frame = code == k_close_no_code ? masked(close, "") : close_frame(code, "why");
  EXPECT_TRUE(co_await made->peer.write_all(frame + masked(text, "late")));
  EXPECT_EQ(fault_of(co_await made->server.receive(guard())), Fault::closed);
  EXPECT_EQ(made->server.close_code(), code);
  const auto events = co_await read_events(made->peer, 2);
  CO_ASSERT(events);
  const WebSocketEvent echo{.kind = close, .code = static_cast<std::uint16_t>(code)};
  EXPECT_EQ(*events, std::vector{echo});  // and the end of the stream
}
TEST_P(WebSockets, EchoTheCodeOfAClose) {
  for (const int code : {1000, 1001, 1003, 1011, 1014, 3000, 4999}) run(echoes_the_close(code));
}
TEST_P(WebSockets, AnswerACloseWithoutACodeWithoutOne) { run(echoes_the_close(k_close_no_code)); }

Task<> hears_an_end_without_a_close() {
  auto made = co_await open_by_hand();
  CO_ASSERT(made);
  EXPECT_TRUE(co_await made->peer.write_all(masked(text, "Hello").substr(0, 5)));
  made->peer.close();
  EXPECT_EQ(fault_of(co_await made->server.receive(guard())), Fault::closed);
  EXPECT_EQ(made->server.close_code(), k_close_abnormal);
  EXPECT_EQ(fault_of(co_await made->server.close(1000, "", guard())), Fault::closed);
}
TEST_P(WebSockets, NoticeAnEndWithoutAClose) { run(hears_an_end_without_a_close()); }

Task<Result<>> close_and_read(HandMade& made, std::optional<Result<>>& done) {
  const auto told = co_await made.peer.write_all(close_frame(1001));
  if (!told) co_return told;
  EXPECT_EQ(fault_of(co_await made.server.receive(guard())), Fault::closed);
  EXPECT_FALSE(done);
  const auto events = co_await read_events(made.peer, 1);
  if (!events) co_return events.error();
  EXPECT_EQ(events->size(), 1U);
  if (!events->empty()) EXPECT_EQ(events->front().kind, close);
  co_return ok();
}
Task<> stops_sending_after_a_close() {
  auto made = co_await open_by_hand();
  CO_ASSERT(made);
  std::optional<Result<>> done;
  EXPECT_TRUE(co_await both(send_big(made->server, done), close_and_read(*made, done)));
  CO_ASSERT(done);
  EXPECT_EQ(fault_of(*done), Fault::closed);
}
TEST_P(WebSockets, StopInTheMiddleOfAMessageWhenThePeerCloses) {
  run(stops_sending_after_a_close());
}

// --- a peer that breaks the rules ----------------------------------------------------------------

Task<> tells_the_peer_what_it_broke(std::string bytes, Fault fault, int code) {
  auto made = co_await open_by_hand({.message_max_bytes = 1000});
  CO_ASSERT(made);
  EXPECT_TRUE(co_await made->peer.write_all(bytes + std::string(3000, 'x')));
  EXPECT_TRUE(co_await made->peer.shutdown_write());
  EXPECT_EQ(fault_of(co_await made->server.receive(guard())), fault);
  EXPECT_EQ(made->server.close_code(), code);
  EXPECT_FALSE(made->server.is_open());
  EXPECT_EQ(fault_of(co_await made->server.send_text("late", guard())), Fault::closed);
  const auto events = co_await read_events(made->peer, 2);
  CO_ASSERT(events && events->size() == 1);
  EXPECT_EQ((*events)[0].kind, close);
  EXPECT_EQ((*events)[0].code, code);
}
TEST_P(WebSockets, TellThePeerThatItBrokeTheProtocol) {
  run(tells_the_peer_what_it_broke(plain(text, "no mask"), Fault::protocol, 1002));
}
TEST_P(WebSockets, TellThePeerThatItsTextIsNotUtf8) {
  run(tells_the_peer_what_it_broke(masked(text, "\xff"), Fault::integrity, 1007));
}
TEST_P(WebSockets, TellThePeerThatItsMessageIsTooLong) {
  run(tells_the_peer_what_it_broke(masked(text, std::string(1001, 'x')), Fault::limit, 1009));
}

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

// --- time ----------------------------------------------------------------------------------------

// On the simulated network the clock goes on by microseconds while packets travel.
void expect_time_since(Instant begin, Duration expected) {
  const Duration took = Loop::current().now() - begin;
  EXPECT_GE(took, expected);
  EXPECT_LT(took, expected + 10ms);
}

Task<Result<>> receive_nothing_for(WebSocket& socket, Duration time) {
  EXPECT_EQ(fault_of(co_await socket.receive(Deadline::after(time))), Fault::timed_out);
  co_return ok();
}
Task<> stays_open_while_the_peer_answers() {
  auto pair = co_await open_pair({.ping_after = 1s, .pong_timeout = 1s});
  CO_ASSERT(pair);
  const Instant begin = Loop::current().now();
  EXPECT_TRUE(co_await both(receive_nothing_for(pair->client, 15s),
                            receive_nothing_for(pair->server, 15s)));
  expect_time_since(begin, 15s);
  EXPECT_TRUE(pair->client.is_open() && pair->server.is_open());
}
TEST_F(WebSocketTime, IdleSocketsStayOpenWhileBothAnswer) {
  run(stays_open_while_the_peer_answers());
}

Task<> gives_up_a_silent_peer() {
  auto made = co_await open_by_hand({.ping_after = 5s, .pong_timeout = 3s});
  CO_ASSERT(made);
  const Instant begin = Loop::current().now();
  EXPECT_EQ(fault_of(co_await made->server.receive(Deadline::never())), Fault::timed_out);
  expect_time_since(begin, 8s);
  EXPECT_FALSE(made->server.is_open());
  EXPECT_EQ(made->server.close_code(), k_close_abnormal);
  const auto events = co_await read_events(made->peer, 1);
  CO_ASSERT(events);
  EXPECT_EQ(*events, std::vector{event_of(ping, "")});
}
TEST_F(WebSocketTime, ASilentPeerIsGivenUp) { run(gives_up_a_silent_peer()); }

Task<> waits_for_ever_without_pings() {
  auto made = co_await open_by_hand({.ping_after = 0s});
  CO_ASSERT(made);
  EXPECT_EQ(fault_of(co_await made->server.receive(Deadline::after(15s))), Fault::timed_out);
  EXPECT_TRUE(made->server.is_open());
}
TEST_F(WebSocketTime, WithoutPingsSilenceIsNoFault) { run(waits_for_ever_without_pings()); }

Task<Result<>> flood_with_pings(Stream& peer) {
  const std::string frame = masked(ping, std::string(125, 'p'));
  for (;;) {
    const auto told = co_await peer.write_all(frame, Deadline::after(1min));
    if (!told) co_return ok();
  }
}
Task<Result<>> receive_in_vain(WebSocket& socket) {
  EXPECT_EQ(fault_of(co_await socket.receive(Deadline::never())), Fault::timed_out);
  EXPECT_FALSE(socket.is_open());
  co_return Error(Fault::cancelled, "go on");  // ends the flood
}
Task<> gives_up_a_peer_that_does_not_read() {
  auto made = co_await open_by_hand();
  CO_ASSERT(made);
  EXPECT_FALSE(co_await both(flood_with_pings(made->peer), receive_in_vain(made->server)));
}
TEST_F(WebSocketTime, APeerThatPingsAndDoesNotReadIsGivenUp) {
  run(gives_up_a_peer_that_does_not_read());
}

Task<> closes_without_an_answer() {
  auto made = co_await open_by_hand();
  CO_ASSERT(made);
  const Instant begin = Loop::current().now();
  EXPECT_EQ(fault_of(co_await made->server.close(1000, "", Deadline::after(3s))), Fault::timed_out);
  expect_time_since(begin, 3s);
  const auto events = co_await read_events(made->peer, 2);
  CO_ASSERT(events && events->size() == 1);
  EXPECT_EQ((*events)[0].code, 1000);
}
TEST_F(WebSocketTime, ACloseDoesNotWaitBeyondItsDeadline) { run(closes_without_an_answer()); }

Task<> does_not_wait_for_ever_for_a_goodbye() {
  auto made = co_await open_by_hand();
  CO_ASSERT(made);
  const Instant begin = Loop::current().now();
  EXPECT_TRUE(co_await made->peer.write_all(plain(text, "no mask")));
  EXPECT_EQ(fault_of(co_await made->server.receive(Deadline::never())), Fault::protocol);
  expect_time_since(begin, 2s);
}
TEST_F(WebSocketTime, AFailedConnectionIsKeptForTheGoodbyeTimeout) {
  run(does_not_wait_for_ever_for_a_goodbye());
}

}  // namespace
}  // namespace patchbay
