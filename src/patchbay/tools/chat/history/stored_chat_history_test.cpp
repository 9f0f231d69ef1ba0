#include "patchbay/tools/chat/history/stored_chat_history.hpp"

#include <atomic>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/sim/lone_host.hpp"
#include "patchbay/tools/chat/history/chat_history_fixture.hpp"

namespace patchbay {
namespace {

using StoredChatHistoryTest = ChatHistoryTest;

void not_told(const std::string& text) { ADD_FAILURE() << text; }

Task<> keep_and_ask(const std::string& path) {
  auto opened = StoredChatHistory::open(path, {}, not_told);
  EXPECT_TRUE(opened);
  if (!opened) co_return;
  StoredChatHistory& history = **opened;
  for (const auto& message : said_from(1, 20)) history.keep(message);
  history.keep(said(21, {.key = "#ops", .text = "the router"}));
  history.keep(std::make_shared<const ChatMessage>(ChatMessage{.text = "not to be kept"}));
  history.keep_topic("#ops", "#ops", {.text = "on call", .by = "ann", .at = second(1)});

  // Who asks sees what was said before, whether or not it is in the file yet.
  EXPECT_EQ(numbers(co_await history.read({.key = "#lobby", .limit = 3})), "18 19 20");
  EXPECT_EQ(numbers(co_await history.search({.text = "router", .keys = {"#ops"}})), "21");
  const auto targets = co_await history.targets({"#lobby", "#ops"}, second(0), second(100), 10);
  EXPECT_TRUE(targets && targets->size() == 2U);
  const auto rooms = history.rooms(5);
  EXPECT_TRUE(rooms && rooms->size() == 2U);
  if (rooms) {
    EXPECT_EQ(rooms->front().past.topic.text, "on call");
  }
  EXPECT_EQ(history.counters().stored, 21U);
}

TEST_F(StoredChatHistoryTest, ShowsWhatItKeeps) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  (*loop)->run(keep_and_ask(path()));
}

// A simulated host has no threads: all of it is done in place.
TEST_F(StoredChatHistoryTest, WorksOnASimulatedHost) {
  auto loop = sim::make_lone_loop({});
  ASSERT_TRUE(loop);
  (*loop)->run(keep_and_ask(path()));
}

Task<> opens_twice(const std::string& path) {
  {
    const auto first = StoredChatHistory::open(path, {}, not_told);
    EXPECT_TRUE(first);
    const auto second = StoredChatHistory::open(path, {}, not_told);
    EXPECT_FALSE(second);
    if (!second) EXPECT_EQ(second.error().why(), "another chat server has it");
  }
  EXPECT_TRUE(StoredChatHistory::open(path, {}, not_told));
  co_return;
}

TEST_F(StoredChatHistoryTest, IsOneServersAtATime) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  (*loop)->run(opens_twice(path()));
}

Task<Result<>> ask_often(StoredChatHistory& history, std::string key) {
  for (int i = 0; i < 20; ++i) {
    const auto read = co_await history.read({.key = key, .limit = 5});
    if (!read) co_return read.error();
    EXPECT_EQ(read->size(), 5U);
  }
  co_return ok();
}

Task<Result<>> talk(StoredChatHistory& history) {
  for (std::uint64_t n = 10; n < 2000; ++n) {
    history.keep(said(n));
    if (n % 100 == 0) {
      if (const auto rested = co_await yield(); !rested) co_return rested.error();
    }
  }
  co_return ok();
}

Task<> talk_and_ask(const std::string& path) {
  auto opened = StoredChatHistory::open(path, {}, not_told);
  EXPECT_TRUE(opened);
  if (!opened) co_return;
  StoredChatHistory& history = **opened;
  for (const auto& message : said_from(1, 9)) history.keep(message);
  EXPECT_TRUE(co_await both(talk(history),
                            both(ask_often(history, "#lobby"), ask_often(history, "#lobby"))));
}

TEST_F(StoredChatHistoryTest, IsReadWhileItIsWritten) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  (*loop)->run(talk_and_ask(path()));
  auto pages = this->pages();
  const auto all = pages.read({.key = "#lobby", .limit = 10'000});
  ASSERT_TRUE(all);
  EXPECT_EQ(all->size(), 1999U);
}

Task<> forget(const std::string& path) {
  auto opened = StoredChatHistory::open(path, {.age = 1h}, not_told);
  EXPECT_TRUE(opened);
  if (!opened) co_return;
  for (const auto& message : said_from(1, 3)) (*opened)->keep(message);  // long ago
  EXPECT_EQ(numbers(co_await (*opened)->read({.key = "#lobby"})), "1 2 3");
  const auto ended = co_await with_deadline(Deadline::after(0s), (*opened)->run());
  EXPECT_FALSE(ended);
  EXPECT_EQ(numbers(co_await (*opened)->read({.key = "#lobby"})), "");
}

TEST_F(StoredChatHistoryTest, ForgetsInItsTurn) {
  auto loop = sim::make_lone_loop({});
  ASSERT_TRUE(loop);
  (*loop)->run(forget(path()));
}

}  // namespace
}  // namespace patchbay
