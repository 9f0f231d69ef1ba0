#include "patchbay/tools/chat_client/lines_link.hpp"

#include <gtest/gtest.h>

namespace patchbay::chat_client {
namespace {

using Kind = ChatEvent::Kind;
using Lines = std::vector<std::string>;

constexpr WallTime k_now{std::chrono::seconds(1'000)};

struct LinesLinkTest : testing::Test {
  void start(LinesLinkOptions options = {.nick = "ann", .rooms = {"#lobby"}}) {
    link = std::make_unique<LinesLink>(std::move(options));
    link->begin();
  }
  void hear(std::string_view line) { link->hear(line, k_now); }
  void welcome() {
    start();
    link->hear_unfinished("Enter your username: ");
    hear("Enter your username: [SERVER] ann joined the chat!");
    hear("[SERVER] Welcome to the chat!");
    link->take_lines();
    link->take_events();
  }
  void wish(ChatWish wish) { link->wish(wish, k_now); }
  ChatEvent only() {
    auto events = link->take_events();
    EXPECT_EQ(events.size(), 1U);
    return events.empty() ? ChatEvent{} : events.front();
  }
  void expect_lines(const Lines& expected) { EXPECT_EQ(link->take_lines(), expected); }

  std::unique_ptr<LinesLink> link;
};

TEST_F(LinesLinkTest, SaysItsNameWhenItIsAsked) {
  start();
  expect_lines({});
  link->hear_unfinished("Enter your ");
  expect_lines({});
  link->hear_unfinished("username: ");
  expect_lines({"ann"});
  link->hear_unfinished("x");
  expect_lines({});
}

TEST_F(LinesLinkTest, HasTheNameThatTheServerGives) {
  start();
  link->hear_unfinished("Enter your username: ");
  hear("Enter your username: [SERVER] ann_2 joined the chat!");
  EXPECT_FALSE(link->welcomed());
  hear("[SERVER] Welcome to the chat!");
  EXPECT_TRUE(link->welcomed());
  EXPECT_EQ(link->own_name(), "ann_2");
  const auto events = link->take_events();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].kind, Kind::welcomed);
  EXPECT_EQ(events[1].kind, Kind::joined);
  EXPECT_EQ(events[1].room, "#lobby");
  EXPECT_TRUE(events[1].own);
}

TEST_F(LinesLinkTest, EntersTheOtherRooms) {
  start({.nick = "ann", .rooms = {"#lobby", "#ops"}});
  link->hear_unfinished("Enter your username: ");
  hear("[SERVER] Welcome to the chat!");
  expect_lines({"ann", "/join #ops"});
}

TEST_F(LinesLinkTest, HearsWhatIsSaidAndWhere) {
  welcome();
  hear("[bob] good morning");
  ChatEvent event = only();
  EXPECT_EQ(event.room, "#lobby");
  EXPECT_EQ(event.line.from, "bob");
  EXPECT_EQ(event.line.text, "good morning");
  hear("[bob@#ops] here");
  EXPECT_EQ(only().room, "#ops");
  hear("* bob waves");
  EXPECT_EQ(only().line.kind, ChatLine::Kind::action);
  hear("[bob -> ann] psst");
  EXPECT_EQ(only().room, "bob");
}

TEST_F(LinesLinkTest, TellsWhoComesAndGoes) {
  welcome();
  hear("[SERVER] bob joined the chat!");
  EXPECT_EQ(only().kind, Kind::joined);
  hear("[SERVER] bob joined #ops");
  EXPECT_EQ(only().room, "#ops");
  hear("[SERVER] bob left #ops: lunch");
  const ChatEvent left = only();
  EXPECT_EQ(left.kind, Kind::parted);
  EXPECT_EQ(left.room, "#ops");
  EXPECT_EQ(left.text, "lunch");
  hear("[SERVER] bob is now rob");
  EXPECT_EQ(only().kind, Kind::renamed);
  hear("[SERVER] rob left the chat");
  EXPECT_EQ(only().kind, Kind::quit);
  hear("[SERVER] the printer is now on fire");
  EXPECT_EQ(only().kind, Kind::word);
}

TEST_F(LinesLinkTest, AFenceIsAnsweredByTheUsers) {
  welcome();
  link->fence();
  expect_lines({"/users"});
  hear("[SERVER] Online users: ann, bob");
  const auto events = link->take_events();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].members.size(), 2U);
  EXPECT_EQ(events[1].kind, Kind::fenced);
}

TEST_F(LinesLinkTest, WhatIsSaidIsNoCommand) {
  welcome();
  wish({.kind = ChatWish::Kind::say, .room = "#lobby", .text = "/quit"});
  expect_lines({"//quit"});
  EXPECT_TRUE(only().own);
}

TEST_F(LinesLinkTest, GoesWhereItSpeaks) {
  welcome();
  wish({.kind = ChatWish::Kind::join, .room = "#ops", .text = "key"});
  wish({.kind = ChatWish::Kind::say, .room = "#ops", .text = "hello"});
  wish({.kind = ChatWish::Kind::say, .room = "#lobby", .text = "hi"});
  wish({.kind = ChatWish::Kind::message, .room = "#lobby", .target = "bob", .text = "psst"});
  expect_lines({"/join #ops key", "hello", "/join #lobby", "hi", "/msg bob psst"});
}

TEST_F(LinesLinkTest, PassesOverTelnet) {
  start();
  link->hear_unfinished(
      "\xff\xfb\x01"
      "Enter your username: ");
  expect_lines({"ann"});
}

TEST_F(LinesLinkTest, StandsWhateverComes) {
  welcome();
  for (const char* line : {"", "[", "[]", "[] x", "[x]", "* ", "*  x", "[SERVER]", "[SERVER] ",
                           "[SERVER]  joined the chat!", "[SERVER] Online users: ", "\xff",
                           "\xff\xff", "[ -> ] x", "[x@] y", "[@#x] y", "[SERVER] x left "}) {
    hear(line);
  }
  EXPECT_FALSE(link->refusal());
}

}  // namespace
}  // namespace patchbay::chat_client
