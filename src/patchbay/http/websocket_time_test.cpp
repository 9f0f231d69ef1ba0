// How long a WebSocket waits. What only a clock shows runs on the simulated network, where it takes
// no time.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "patchbay/http/websocket.hpp"
#include "patchbay/http/websocket_pair_fixture.hpp"

namespace patchbay {
namespace {

using enum WebSocketOpcode;

class WebSocketTime : public EngineFixture {
 protected:
  void SetUp() override { start({"simulated", sim::make_lone_loop, true}); }
};

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
