#include "patchbay/tools/chat/history/chat_search_words.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace patchbay {
namespace {

TEST(ChatSearchWords, AreQuotedOneByOne) {
  EXPECT_EQ(chat_search_words("vlan 42"), "\"vlan\" \"42\"");
  EXPECT_EQ(chat_search_words("  vlan\t\n42 "), "\"vlan\" \"42\"");
  EXPECT_EQ(chat_search_words("192.0.2.1"), "\"192.0.2.1\"");
  EXPECT_EQ(chat_search_words(""), "");
  EXPECT_EQ(chat_search_words(" \r\n"), "");
}

TEST(ChatSearchWords, MeanNothingToTheIndex) {
  EXPECT_EQ(chat_search_words("a OR b*"), "\"a\" \"OR\" \"b*\"");
  EXPECT_EQ(chat_search_words("text:secret NEAR(x,2)"), "\"text:secret\" \"NEAR(x,2)\"");
  EXPECT_EQ(chat_search_words("say \"hi\""), "\"say\" \"\"\"hi\"\"\"");
  EXPECT_EQ(chat_search_words(std::string_view("a\0b", 3)), "\"a\" \"b\"");
  EXPECT_EQ(chat_search_words("\xff"), "\"\xef\xbf\xbd\"");
}

TEST(ChatSearchWords, HaveAnEnd) {
  std::string many;
  for (int i = 0; i < 100; ++i) many += "a ";
  const std::string words = chat_search_words(many);
  EXPECT_EQ(std::ranges::count(words, 'a'), 32);
  EXPECT_LE(chat_search_words(std::string(100'000, 'x')).size(), 1026U);
}

}  // namespace
}  // namespace patchbay
