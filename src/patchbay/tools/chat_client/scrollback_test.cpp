#include "patchbay/tools/chat_client/scrollback.hpp"

#include <gtest/gtest.h>

namespace patchbay::chat_client {
namespace {

ChatLine line(int second, std::string text, std::string id = {}) {
  return {
      .at = WallTime(std::chrono::seconds(second)), .text = std::move(text), .id = std::move(id)};
}

std::string texts_of(const Scrollback& scrollback) {
  std::string texts;
  for (const ChatLine& one : scrollback.lines()) texts += one.text;
  return texts;
}

TEST(Scrollback, DropsTheOldestOfTooMany) {
  Scrollback scrollback(3);
  for (int i = 0; i < 5; ++i) scrollback.add(line(i, std::to_string(i)));
  EXPECT_EQ(texts_of(scrollback), "234");
}

TEST(Scrollback, ShowsALineOnce) {
  Scrollback scrollback(3);
  EXPECT_TRUE(scrollback.add(line(1, "a", "x")));
  EXPECT_FALSE(scrollback.add(line(1, "a", "x")));
  EXPECT_TRUE(scrollback.add(line(2, "b")));
  EXPECT_TRUE(scrollback.add(line(2, "b")));
  EXPECT_EQ(texts_of(scrollback), "abb");
}

TEST(Scrollback, ForgetsTheIdOfALineThatIsGone) {
  Scrollback scrollback(1);
  scrollback.add(line(1, "a", "x"));
  scrollback.add(line(2, "b", "y"));
  EXPECT_TRUE(scrollback.add(line(3, "a", "x")));
}

TEST(Scrollback, PutsHistoryInItsPlace) {
  Scrollback scrollback(10);
  scrollback.add(line(5, "e", "5"));
  scrollback.add(line(7, "g", "7"));
  EXPECT_EQ(scrollback.add_history({line(1, "a"), line(5, "e", "5"), line(6, "f"), line(6, "F")}),
            3U);
  EXPECT_EQ(texts_of(scrollback), "aefFg");
}

TEST(Scrollback, HasRoomForTheNewestOfHistory) {
  Scrollback scrollback(3);
  scrollback.add(line(9, "i"));
  EXPECT_EQ(scrollback.add_history({line(1, "a"), line(2, "b"), line(3, "c")}), 2U);
  EXPECT_EQ(texts_of(scrollback), "bci");
  EXPECT_TRUE(scrollback.full());
}

TEST(Scrollback, FindsTheLastLineWithTheWords) {
  Scrollback scrollback(10);
  for (const char* text : {"One fish", "two", "red FISH", "blue"}) scrollback.add(line(1, text));
  EXPECT_EQ(scrollback.find("fish", 0), 1U);
  EXPECT_EQ(scrollback.find("fish", 2), 3U);
  EXPECT_EQ(scrollback.find("fish", 4), Scrollback::k_none);
  EXPECT_EQ(scrollback.find("bird", 0), Scrollback::k_none);
}

}  // namespace
}  // namespace patchbay::chat_client
