// How a WebSocket ends, on both engines: by a close, without one, by a peer that breaks the rules.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "patchbay/http/websocket.hpp"
#include "patchbay/http/websocket_pair_fixture.hpp"

namespace patchbay {
namespace {

using namespace std::string_literals;
using enum WebSocketOpcode;

class EndingWebSockets : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(, EndingWebSockets, all_engines(), engine_name);

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
TEST_P(EndingWebSockets, AreClosedByTheServer) { run(closes_both_ways(true)); }
TEST_P(EndingWebSockets, AreClosedByTheClient) { run(closes_both_ways(false)); }

Task<> closes_at_once() {
  auto pair = co_await open_pair();
  CO_ASSERT(pair);
  EXPECT_TRUE(
      co_await both(pair->client.close(1000, "", guard()), pair->server.close(1001, "", guard())));
  EXPECT_EQ(pair->client.close_code(), 1001);
  EXPECT_EQ(pair->server.close_code(), 1000);
}
TEST_P(EndingWebSockets, AreClosedByBothAtOnce) { run(closes_at_once()); }

Task<> closes_while_another_task_receives() {
  auto pair = co_await open_pair();
  CO_ASSERT(pair);
  std::vector<std::string> at_client, at_server;
  EXPECT_TRUE(co_await both(
      both(receive_until_closed(pair->client, at_client), pair->client.close(1000, "", guard())),
      receive_until_closed(pair->server, at_server)));
  EXPECT_EQ(pair->server.close_code(), 1000);
}
TEST_P(EndingWebSockets, AreClosedWhileAnotherTaskReceives) {
  run(closes_while_another_task_receives());
}

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
TEST_P(EndingWebSockets, EchoTheCodeOfAClose) {
  for (const int code : {1000, 1001, 1003, 1011, 1014, 3000, 4999}) run(echoes_the_close(code));
}
TEST_P(EndingWebSockets, AnswerACloseWithoutACodeWithoutOne) {
  run(echoes_the_close(k_close_no_code));
}

Task<> hears_an_end_without_a_close() {
  auto made = co_await open_by_hand();
  CO_ASSERT(made);
  EXPECT_TRUE(co_await made->peer.write_all(masked(text, "Hello").substr(0, 5)));
  made->peer.close();
  EXPECT_EQ(fault_of(co_await made->server.receive(guard())), Fault::closed);
  EXPECT_EQ(made->server.close_code(), k_close_abnormal);
  EXPECT_EQ(fault_of(co_await made->server.close(1000, "", guard())), Fault::closed);
}
TEST_P(EndingWebSockets, NoticeAnEndWithoutAClose) { run(hears_an_end_without_a_close()); }

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
TEST_P(EndingWebSockets, StopInTheMiddleOfAMessageWhenThePeerCloses) {
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
TEST_P(EndingWebSockets, TellThePeerThatItBrokeTheProtocol) {
  run(tells_the_peer_what_it_broke(plain(text, "no mask"), Fault::protocol, 1002));
}
TEST_P(EndingWebSockets, TellThePeerThatItsTextIsNotUtf8) {
  run(tells_the_peer_what_it_broke(masked(text, "\xff"), Fault::integrity, 1007));
}
TEST_P(EndingWebSockets, TellThePeerThatItsMessageIsTooLong) {
  run(tells_the_peer_what_it_broke(masked(text, std::string(1001, 'x')), Fault::limit, 1009));
}

}  // namespace
}  // namespace patchbay
