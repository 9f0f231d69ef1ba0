#include "patchbay/tools/echo/reply_template.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

std::string filled(std::string_view text, std::string_view message) {
  const auto parsed = ReplyTemplate::parse(text);
  return parsed ? parsed->fill(message) : parsed.error().describe();
}

TEST(ReplyTemplate, PutsTheMessageWhereTheBracesStand) {
  EXPECT_EQ(filled("Server received: {}", "hello"), "Server received: hello");
  EXPECT_EQ(filled("{}", "hello"), "hello");
  EXPECT_EQ(filled("{}{} and {}", "x"), "xx and x");
  EXPECT_EQ(filled("a{}b", ""), "ab");
}

TEST(ReplyTemplate, LeavesOtherBracesAlone) {
  EXPECT_EQ(filled(R"({"got":"{}"})", "x"), R"({"got":"x"})");
  EXPECT_EQ(filled("{{}}", "x"), "{x}");
}

TEST(ReplyTemplate, TheMessageIsNoTemplate) { EXPECT_EQ(filled("<{}>", "{}"), "<{}>"); }

TEST(ReplyTemplate, WithoutBracesItIsRefusedWithAdvice) {
  for (const char* text : {"pong", "", "{", "}{"}) {
    const auto parsed = ReplyTemplate::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().fault(), Fault::protocol);
    EXPECT_NE(parsed.error().remedy().find("{}"), std::string::npos);
  }
}

TEST(ReplyTemplate, FillsBehindWhatIsThere) {
  std::string out = "1;";
  ReplyTemplate::parse("{};")->fill_into(out, "2");
  EXPECT_EQ(out, "1;2;");
}

}  // namespace
}  // namespace patchbay
