#include "patchbay/wire/value_scanner.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "patchbay/wire/http_field.hpp"

namespace patchbay::detail {
namespace {

std::vector<std::string> parts_of(std::string_view text, char separator) {
  ValueScanner scanner(text);
  std::vector<std::string> parts;
  while (!scanner.at_end()) parts.emplace_back(scanner.take_until(separator));
  return parts;
}

TEST(ValueScanner, TakesTokensAsFarAsTheyGo) {
  ValueScanner scanner("gzip;q=1");
  EXPECT_EQ(scanner.take_token(), "gzip");
  EXPECT_FALSE(scanner.take(','));
  EXPECT_TRUE(scanner.take(';'));
  EXPECT_EQ(scanner.take_token(), "q");
  EXPECT_EQ(scanner.take_token(), "");
  EXPECT_EQ(scanner.rest(), "=1");
}

TEST(ValueScanner, KnowsEveryTokenCharacterAndNoOther) {
  const std::string_view marks = "!#$%&'*+-.^_`|~";
  for (int value = 0; value < 256; ++value) {
    const char c = static_cast<char>(value);
    const bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    EXPECT_EQ(is_token_char(c), alphanumeric || marks.find(c) != marks.npos) << value;
  }
}

TEST(ValueScanner, SkipsSpacesAndTabsOnly) {
  ValueScanner scanner(" \t \nx");
  scanner.skip_blanks();
  EXPECT_EQ(scanner.rest(), "\nx");
  ValueScanner blank("  ");
  blank.skip_blanks();
  EXPECT_TRUE(blank.at_end());
}

TEST(ValueScanner, UndoesTheEscapesOfAQuotedString) {
  ValueScanner scanner(R"("a \"b\" \\ c" d)");
  EXPECT_EQ(scanner.take_quoted(), R"(a "b" \ c)");
  EXPECT_EQ(scanner.rest(), " d");
  ValueScanner empty(R"("")");
  EXPECT_EQ(empty.take_quoted(), "");
}

TEST(ValueScanner, LeavesAQuotedStringWithoutEndOrWithAControl) {
  for (const std::string_view text :
       {"abc", "\"abc", "\"abc\\", "\"abc\\\"", "\"a\nb\"", "\"a\\\nb\"", "\"a\x7f\"", "", "\""}) {
    ValueScanner scanner(text);
    EXPECT_FALSE(scanner.take_quoted()) << text;
    EXPECT_EQ(scanner.rest(), text);
  }
}

TEST(ValueScanner, SplitsOutsideOfQuotesAndTrims) {
  using Parts = std::vector<std::string>;
  EXPECT_EQ(parts_of(" a , b,c ", ','), (Parts{"a", "b", "c"}));
  EXPECT_EQ(parts_of(R"(x="1,2", "a\",b",y)", ','), (Parts{R"(x="1,2")", R"("a\",b")", "y"}));
  EXPECT_EQ(parts_of(",,a", ','), (Parts{"", "", "a"}));
  EXPECT_EQ(parts_of("\"open, ended", ','), (Parts{"\"open, ended"}));
  EXPECT_EQ(parts_of("\"\\", ','), (Parts{"\"\\"}));
}

TEST(ValueParameters, AreReadInTheirOrder) {
  const auto parameters = read_parameters(" ;a=1 ;\tB=\"x; \\\"y\\\"\";;c=; ");
  EXPECT_FALSE(parameters) << "an empty value has quotes";
  const auto read = read_parameters(" ;a=1 ;\tB=\"x; \\\"y\\\"\";;c=\"\"; ");
  ASSERT_TRUE(read);
  ASSERT_EQ(read->size(), 3U);
  EXPECT_EQ(read->at(0).name, "a");
  EXPECT_EQ(read->at(0).value, "1");
  EXPECT_EQ(read->at(1).name, "B");
  EXPECT_EQ(read->at(1).value, "x; \"y\"");
  EXPECT_EQ(read->at(2).value, "");
}

TEST(ValueParameters, AreAllOfTheText) {
  EXPECT_TRUE(read_parameters("")->empty());
  EXPECT_TRUE(read_parameters(" ; ; ")->empty());
  for (const std::string_view text :
       {"a=1", ";a", ";a=", ";=1", ";a =1", ";a= 1", ";a=1 2", ";a=1,", ";a=\"1", ";a=\"1\"2"}) {
    EXPECT_FALSE(read_parameters(text)) << text;
  }
}

}  // namespace
}  // namespace patchbay::detail
