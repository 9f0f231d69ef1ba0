#include "patchbay/tools/chat_client/chat_model.hpp"

#include <gtest/gtest.h>

namespace patchbay::chat_client {
namespace {

using Kind = ChatEvent::Kind;

ChatEvent said(std::string room, std::string from, std::string text) {
  return {.kind = Kind::said,
          .room = std::move(room),
          .line = {.from = std::move(from), .text = std::move(text)}};
}

struct ChatModelTest : testing::Test {
  ChatModelTest() {
    model.take({.kind = Kind::welcomed, .from = "ann"});
    join("#lobby", "ann");
    join("#lobby", "Bob");
  }
  void join(std::string room, std::string who) {
    model.take({.kind = Kind::joined, .room = std::move(room), .from = std::move(who)});
  }
  std::string last(std::string_view room) {
    const auto& lines = model.find(room)->scrollback.lines();
    return lines.empty() ? std::string() : lines.back().text;
  }
  ChatModel model;
};

TEST_F(ChatModelTest, ARoomThatIsEnteredIsShown) {
  EXPECT_EQ(model.current().name, "#lobby");
  EXPECT_TRUE(model.current().joined);
  EXPECT_EQ(model.current().members.size(), 2U);
}

TEST_F(ChatModelTest, NamesAreTheSameInBothCases) {
  model.take({.kind = Kind::parted, .room = "#LOBBY", .from = "BOB", .text = "bye"});
  EXPECT_FALSE(model.current().members.contains("bob"));
  EXPECT_EQ(last("#lobby"), "BOB has left (bye)");
}

TEST_F(ChatModelTest, CountsWhatIsUnreadElsewhere) {
  join("#other", "ann");
  model.take(said("#lobby", "Bob", "hello"));
  model.take(said("#lobby", "Bob", "hey Ann, there?"));
  model.take(said("#lobby", "Bob", "annual report"));
  EXPECT_EQ(model.find("#lobby")->unread, 3U);
  EXPECT_EQ(model.find("#lobby")->mentions, 1U);
  model.take(said("#other", "Bob", "seen"));
  EXPECT_EQ(model.find("#other")->unread, 0U);
  model.open("#lobby");
  EXPECT_EQ(model.find("#lobby")->unread, 0U);
}

TEST_F(ChatModelTest, WhatIsSaidInPrivateCalls) {
  model.take(said("Bob", "Bob", "psst"));
  ASSERT_NE(model.find("bob"), nullptr);
  EXPECT_EQ(model.find("bob")->mentions, 1U);
  EXPECT_EQ(model.current().name, "#lobby");
}

TEST_F(ChatModelTest, WhoGoesIsGoneEverywhere) {
  join("#other", "ann");
  join("#other", "Bob");
  model.take({.kind = Kind::quit, .from = "bob", .text = "timeout"});
  for (const char* room : {"#lobby", "#other"}) {
    EXPECT_FALSE(model.find(room)->members.contains("bob")) << room;
    EXPECT_EQ(last(room), "bob has gone (timeout)") << room;
  }
}

TEST_F(ChatModelTest, ANewNameIsTakenOver) {
  model.take({.kind = Kind::renamed, .from = "bob", .target = "Rob"});
  EXPECT_TRUE(model.current().members.contains("rob"));
  EXPECT_FALSE(model.current().members.contains("bob"));
  model.take({.kind = Kind::renamed, .from = "ann", .target = "Anna"});
  EXPECT_EQ(model.own_name(), "Anna");
}

TEST_F(ChatModelTest, RanksComeAndGo) {
  model.take({.kind = Kind::members, .room = "#lobby", .members = {{"ann", "@"}, {"Bob"}}});
  model.take({.kind = Kind::ranked, .room = "#lobby", .target = "Bob", .text = "+", .own = true});
  EXPECT_EQ(model.current().members.at("bob").signs, "+");
  model.take({.kind = Kind::ranked, .room = "#lobby", .target = "Bob", .text = "+", .own = false});
  EXPECT_EQ(model.current().members.at("bob").signs, "");
}

TEST_F(ChatModelTest, WhoIsSentAwayIsOut) {
  model.take(
      {.kind = Kind::kicked, .room = "#lobby", .from = "Bob", .target = "ann", .text = "spam"});
  EXPECT_FALSE(model.current().joined);
  EXPECT_TRUE(model.current().members.empty());
  EXPECT_EQ(last("#lobby"), "ann was sent away by Bob (spam)");
}

TEST_F(ChatModelTest, WhatIsReadHoldsStill) {
  for (int i = 0; i < 10; ++i) model.take(said("#lobby", "Bob", std::to_string(i)));
  model.current().below = 4;
  model.take(said("#lobby", "Bob", "new"));
  EXPECT_EQ(model.current().below, 5U);
}

TEST_F(ChatModelTest, HistoryEndsWhereTheServerHasNoMore) {
  ChatEvent history{.kind = Kind::history,
                    .room = "#lobby",
                    .lines = {{.at = WallTime(-1s), .text = "old", .id = "1"}}};
  model.take(history);
  EXPECT_FALSE(model.current().past_ends);
  EXPECT_EQ(model.current().scrollback.lines().front().text, "old");
  history.lines.clear();
  model.take(history);
  EXPECT_TRUE(model.current().past_ends);
}

TEST_F(ChatModelTest, TalksOfStrangersHaveALimit) {
  ChatModel small({.lines = 10, .rooms = 3, .members = 10});
  for (int i = 0; i < 50; ++i) small.take(said("stranger" + std::to_string(i), "x", "spam"));
  EXPECT_LE(small.rooms().size(), 4U);
  EXPECT_FALSE(small.open("one more"));
}

TEST_F(ChatModelTest, NobodyIsAnywhereWithoutAConnection) {
  model.disconnect();
  EXPECT_FALSE(model.current().joined);
  EXPECT_TRUE(model.current().members.empty());
}

TEST_F(ChatModelTest, TheServersRoomStays) {
  model.select(0);
  model.close_current();
  EXPECT_EQ(model.rooms().size(), 2U);
  model.open("#lobby");
  model.close_current();
  EXPECT_EQ(model.rooms().size(), 1U);
}

}  // namespace
}  // namespace patchbay::chat_client
