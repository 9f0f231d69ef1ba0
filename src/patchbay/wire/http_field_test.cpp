#include "patchbay/wire/http_field.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

std::vector<std::string> elements(std::string_view list) {
  std::vector<std::string> found;
  while (const auto element = next_element(list)) found.emplace_back(*element);
  EXPECT_TRUE(list.empty());
  return found;
}

TEST(HttpToken, IsMadeOfTheCharactersOfTcharAndNoOther) {
  const std::string_view signs = "!#$%&'*+-.^_`|~";
  for (int c = 0; c < 256; ++c) {
    const char character = static_cast<char>(c);
    const bool letter_or_digit =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool expected = letter_or_digit || (c != 0 && signs.contains(character));
    EXPECT_EQ(is_http_token(std::string_view(&character, 1)), expected) << c;
    EXPECT_EQ(is_token_char(character), expected) << c;
  }
  EXPECT_FALSE(is_http_token(""));
  EXPECT_FALSE(is_http_token("a b"));
}

TEST(FieldValue, HasNoControlCharacterButTheTab) {
  for (int c = 0; c < 256; ++c) {
    const std::string value = "twenty characters or" + std::string(1, static_cast<char>(c)) + "so";
    EXPECT_EQ(is_field_value(value), c == '\t' || (c >= 0x20 && c != 0x7f)) << c;
  }
  EXPECT_TRUE(is_field_value(""));
}

TEST(TrimBlanks, TakesSpacesAndTabsAtBothEnds) {
  EXPECT_EQ(trim_blanks(" \t a b\t "), "a b");
  EXPECT_EQ(trim_blanks(" \t "), "");
  EXPECT_EQ(trim_blanks(""), "");
  EXPECT_EQ(trim_blanks("\va"), "\va");
}

TEST(ListOfElements, IsCutAtItsCommas) {
  EXPECT_EQ(elements("a, b,c\t,\td"), (std::vector<std::string>{"a", "b", "c", "d"}));
  EXPECT_EQ(elements(""), std::vector<std::string>());
}

TEST(ListOfElements, PassesOverEmptyOnes) {
  EXPECT_EQ(elements(",a,, ,b,"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(elements(" , ,, "), std::vector<std::string>());
}

TEST(ListOfElements, LeavesCommasWithinQuotes) {
  EXPECT_EQ(elements(R"(a="1,2", b)"), (std::vector<std::string>{R"(a="1,2")", "b"}));
  EXPECT_EQ(elements(R"("x\",y", b)"), (std::vector<std::string>{R"("x\",y")", "b"}));
  EXPECT_EQ(elements(R"("open, b)"), std::vector<std::string>{R"("open, b)"});
  EXPECT_EQ(elements(R"("open\)"), std::vector<std::string>{R"("open\)"});
}

TEST(ListHas, LooksForWholeElements) {
  EXPECT_TRUE(list_has("keep-alive, Close", "close"));
  EXPECT_FALSE(list_has("closed, not-close", "close"));
  EXPECT_FALSE(list_has(R"("close")", "close"));
  EXPECT_FALSE(list_has("", "close"));
}

TEST(HttpFields, KeepsOrderAndFindsWithoutRegardToCase) {
  HttpFields fields;
  fields.add("Accept", "a");
  fields.add("X", "");
  fields.add("ACCEPT", "b");
  EXPECT_EQ(fields.size(), 3U);
  EXPECT_EQ(fields.get("accept"), "a");
  EXPECT_EQ(fields.count("accept"), 2U);
  EXPECT_EQ(fields.all("Accept"), "a, b");
  EXPECT_TRUE(fields.has("x"));
  EXPECT_FALSE(fields.has("y"));
  EXPECT_EQ(fields.get("y"), "");
  EXPECT_EQ(fields.all("y"), "");
  EXPECT_EQ(fields.begin()->name, "Accept");
  fields.clear();
  EXPECT_EQ(fields.size(), 0U);
}

}  // namespace
}  // namespace patchbay
