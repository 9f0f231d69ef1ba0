#include "patchbay/tools/chat_client/chat_wish.hpp"

#include <gtest/gtest.h>

namespace patchbay::chat_client {
namespace {

using Kind = ChatWish::Kind;

ChatWish wish_of(std::string_view typed) {
  const auto wish = read_wish(typed, "#here");
  EXPECT_TRUE(wish) << typed;
  return wish.value_or(ChatWish{});
}

TEST(ChatWish, WhatIsTypedIsForTheRoom) {
  const ChatWish wish = wish_of("good morning");
  EXPECT_EQ(wish.kind, Kind::say);
  EXPECT_EQ(wish.room, "#here");
  EXPECT_EQ(wish.text, "good morning");
  EXPECT_EQ(wish_of("").kind, Kind::nothing);
  EXPECT_EQ(wish_of("   ").kind, Kind::nothing);
}

TEST(ChatWish, TwoSlashesAreOne) {
  EXPECT_EQ(wish_of("//etc/hosts").kind, Kind::say);
  EXPECT_EQ(wish_of("//etc/hosts").text, "/etc/hosts");
  EXPECT_EQ(say_in("#here", "/quit").kind, Kind::say);
}

TEST(ChatWish, CommandsHaveTheirWords) {
  EXPECT_EQ(wish_of("/join #there secret").room, "#there");
  EXPECT_EQ(wish_of("/join #there secret").text, "secret");
  EXPECT_EQ(wish_of("/JOIN there").room, "#there");
  EXPECT_EQ(wish_of("/part").room, "#here");
  EXPECT_EQ(wish_of("/part #there bye all").room, "#there");
  EXPECT_EQ(wish_of("/part #there bye all").text, "bye all");
  EXPECT_EQ(wish_of("/part bye all").text, "bye all");
  EXPECT_EQ(wish_of("/msg ann  hello you").target, "ann");
  EXPECT_EQ(wish_of("/msg ann  hello you").text, "hello you");
  EXPECT_EQ(wish_of("/me waves").kind, Kind::action);
  EXPECT_EQ(wish_of("/topic").text, "");
  EXPECT_EQ(wish_of("/who").target, "#here");
  EXPECT_EQ(wish_of("/who ann").target, "ann");
  EXPECT_EQ(wish_of("/quit bye all").text, "bye all");
  EXPECT_EQ(wish_of("/users").kind, Kind::names);
}

TEST(ChatWish, HistoryHasALimit) {
  EXPECT_EQ(wish_of("/history").count, 50U);
  EXPECT_EQ(wish_of("/history 7").count, 7U);
  EXPECT_EQ(wish_of("/history 99999999").count, 1000U);
  EXPECT_EQ(wish_of("/history many").count, 50U);
}

TEST(ChatWish, WordsThatAreMissingAreAskedFor) {
  for (const char* typed : {"/join", "/nick", "/msg", "/msg ann", "/me", "/search"}) {
    const auto wish = read_wish(typed, "#here");
    ASSERT_FALSE(wish) << typed;
    EXPECT_NE(wish.error().what.find("needs more words"), std::string::npos) << typed;
  }
}

TEST(ChatWish, AMistypedCommandIsNotSaid) {
  const auto wish = read_wish("/jion #there", "#here");
  ASSERT_FALSE(wish);
  EXPECT_EQ(wish.error().what, "there is no command /jion");
  EXPECT_EQ(wish.error().why, "did you mean /join?");
  const auto escaped = read_wish("/\x1b[31m", "#here");
  ASSERT_FALSE(escaped);
  EXPECT_EQ(escaped.error().what.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace patchbay::chat_client
