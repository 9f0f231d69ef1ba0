// What is rare and has to hold all the same: events that come together, things that end while an
// operation still stands in the queue.
#include <array>
#include <memory>
#include <optional>

#include "patchbay/net/conformance/engine_test.hpp"

namespace patchbay {
namespace {

class Edges : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(, Edges, all_engines(), engine_name);

Task<> closed_stream() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  auto listener = TcpListener::bind(loopback());
  CO_ASSERT(listener);
  pair->client.close();
  listener->close();
  std::array<std::byte, 4> four;
  const Deadline soon = Deadline::after(5s);
  EXPECT_EQ((co_await pair->client.read(four, soon)).error().fault(), Fault::closed);
  EXPECT_EQ((co_await pair->client.read_exact(four, soon)).error().fault(), Fault::closed);
  EXPECT_EQ((co_await pair->client.receive(soon)).error().fault(), Fault::closed);
  EXPECT_EQ((co_await pair->client.write_all("late", soon)).error().fault(), Fault::closed);
  EXPECT_EQ((co_await pair->client.shutdown_write(soon)).error().fault(), Fault::closed);
  EXPECT_EQ((co_await listener->accept(soon)).error().fault(), Fault::closed);
  EXPECT_EQ(pair->client.local().error().fault(), Fault::closed);
  EXPECT_EQ(pair->client.peer().error().fault(), Fault::closed);
  EXPECT_EQ(pair->client.peer_name(), "(gone)");
}
TEST_P(Edges, WhatBeginsAfterACloseEndsAsClosed) { run(closed_stream()); }

// Uses up its turn, so that the wait is not even tried in it.
Task<> wait_out_of_turn(Event& event, std::optional<Fault>& fault) {
  EXPECT_TRUE(co_await yield());
  Event set(true);
  for (int i = 0; i < LoopOptions().inline_budget; ++i) EXPECT_TRUE(co_await set.wait());
  const auto waited = co_await event.wait();
  if (!waited) fault = waited.error().fault();
}
Task<> event_ends_first() {
  auto event = std::make_unique<Event>();
  std::optional<Fault> fault;
  TaskGroup group(co_await current_scope());
  group.spawn(wait_out_of_turn, std::ref(*event), std::ref(fault));
  EXPECT_TRUE(co_await yield());
  event.reset();
  co_await group.join();
  EXPECT_EQ(fault, Fault::closed);
}
TEST_P(Edges, AnEventThatEndsEndsAWaitThatHadNoTurnYet) { run(event_ends_first()); }

Task<> sleep_a_little(bool& ended) {
  EXPECT_TRUE(co_await sleep_for(1ms));
  ended = true;
}
Task<> wait_for(Event& event) { EXPECT_TRUE(co_await event.wait()); }
Task<> end_before_its_child(TaskGroup& group, Event& event, TaskGroup*& self) {
  self = &group;
  group.spawn(wait_for, std::ref(event));
  co_return;
}
Task<> spawn_late(TaskGroup*& group, Event& event, bool& ended) {
  EXPECT_TRUE(co_await yield());  // so that the child waits before
  EXPECT_TRUE(co_await event.wait());
  EXPECT_EQ(group->running(), 0U);  // the join is on its way
  group->spawn(sleep_a_little, std::ref(ended));
}
Task<> set_later(Event& event) {
  EXPECT_TRUE(co_await yield());
  EXPECT_TRUE(co_await yield());
  event.set();
}
// The child waits first and is woken first: it ends, and then there is another.
Task<> spawns_from_outside() {
  Event event;
  TaskGroup* inner = nullptr;
  bool ended = false;
  TaskGroup outer(co_await current_scope());
  outer.spawn(spawn_late, std::ref(inner), std::ref(event), std::ref(ended));
  outer.spawn(set_later, std::ref(event));
  co_await with_group(end_before_its_child, std::ref(event), std::ref(inner));
  EXPECT_TRUE(ended);
  co_await outer.join();
}
TEST_P(Edges, AJoinWaitsForAChildSpawnedAtTheLastMoment) { run(spawns_from_outside()); }

// As an int of milliseconds, 50 days would come round to 7 hours.
Task<> long_user_timeout() {
  auto pair = co_await connect_pair();
  CO_ASSERT(pair);
  EXPECT_TRUE(pair->client.set({.user_timeout = std::chrono::days(50)}));
  const auto settings = pair->client.settings();
  CO_ASSERT(settings);
  EXPECT_GE(settings->user_timeout, std::chrono::days(24));
}
TEST_P(Edges, AUserTimeoutBeyondWhatTheKernelCountsIsTheLongest) { run(long_user_timeout()); }

}  // namespace
}  // namespace patchbay
