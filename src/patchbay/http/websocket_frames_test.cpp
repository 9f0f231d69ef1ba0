// Frames that are made already, on both engines.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "patchbay/http/websocket.hpp"
#include "patchbay/http/websocket_pair_fixture.hpp"

namespace patchbay {
namespace {

using enum WebSocketOpcode;

class MadeFrames : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(, MadeFrames, all_engines(), engine_name);

Task<> arrive_between_others(std::optional<WebSocketDeflate> deflate) {
  auto pair = co_await open_pair({}, deflate);
  CO_ASSERT(pair);
  EXPECT_TRUE(co_await pair->server.send_text("before", guard()));
  EXPECT_TRUE(
      co_await pair->server.send_frames(plain(text, "one") + plain(binary, "two"), guard()));
  EXPECT_TRUE(co_await pair->server.send_text("after", guard()));
  const std::vector<WebSocketMessage> wanted = {
      {true, "before"}, {true, "one"}, {false, "two"}, {true, "after"}};
  for (const WebSocketMessage& expected : wanted) {
    const auto message = co_await pair->client.receive(guard());
    CO_ASSERT(message);
    EXPECT_TRUE(*message == expected) << message->data;
  }
}
TEST_P(MadeFrames, ArriveBetweenOthers) { run(arrive_between_others({})); }
TEST_P(MadeFrames, ArriveWhereOthersAreCompressed) {
  run(arrive_between_others(WebSocketDeflate{}));
}

Task<Result<>> send_small(WebSocket& socket) {
  for (int i = 0; i < 10; ++i) {
    const auto sent = co_await socket.send_frames(plain(text, "small"), guard());
    if (!sent) co_return sent;
  }
  co_return ok();
}
Task<Result<>> receive_all(WebSocket& socket, std::size_t& small, std::size_t& big) {
  while (small + big < 11) {
    const auto message = co_await socket.receive(guard());
    if (!message) co_return message.error();
    if (message->data == "small") ++small;
    if (message->data.size() == k_big) ++big;
  }
  co_return ok();
}
Task<> wait_for_their_turn() {
  auto pair = co_await open_pair({.message_max_bytes = 2 * k_big});
  CO_ASSERT(pair);
  std::optional<Result<>> sent;
  std::size_t small = 0, big = 0;
  EXPECT_TRUE(co_await both(both(send_big(pair->server, sent), send_small(pair->server)),
                            receive_all(pair->client, small, big)));
  EXPECT_TRUE(sent && *sent);
  EXPECT_EQ(small, 10U);
  EXPECT_EQ(big, 1U);
}
TEST_P(MadeFrames, WaitForTheirTurn) { run(wait_for_their_turn()); }

Task<> end_with_the_connection() {
  auto made = co_await open_by_hand();
  CO_ASSERT(made);
  EXPECT_TRUE(co_await made->peer.write_all(close_frame(1000)));
  EXPECT_EQ(fault_of(co_await made->server.receive(guard())), Fault::closed);
  EXPECT_EQ(fault_of(co_await made->server.send_frames(plain(text, "late"), guard())),
            Fault::closed);
  const auto events = co_await read_events(made->peer, 2);
  CO_ASSERT(events);
  EXPECT_EQ(events->size(), 1U) << "nothing follows a close";
}
TEST_P(MadeFrames, EndWithTheConnection) { run(end_with_the_connection()); }

// Of frames of which a part has left, the rest cannot follow later.
Task<> are_cut_off_for_good() {
  auto made = co_await open_by_hand();
  CO_ASSERT(made);
  const std::string big = plain(binary, std::string(k_big, 'b'));
  EXPECT_EQ(fault_of(co_await made->server.send_frames(big, Deadline::after(50ms))),
            Fault::timed_out);
  EXPECT_EQ(fault_of(co_await made->server.send_frames(plain(text, "more"), guard())),
            Fault::closed);
}
TEST_P(MadeFrames, AreCutOffForGood) { run(are_cut_off_for_good()); }

}  // namespace
}  // namespace patchbay
