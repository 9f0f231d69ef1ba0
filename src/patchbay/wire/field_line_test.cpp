#include "patchbay/wire/field_line.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

TEST(FieldLine, IsANameAndAValue) {
  const auto field = parse_field_line("Accept-Encoding:  br ");
  ASSERT_TRUE(field);
  EXPECT_EQ(field->name, "Accept-Encoding");
  EXPECT_EQ(field->value, "br");
  EXPECT_TRUE(parse_field_line("X-Empty:"));
}

TEST(FieldLine, SmugglesNothing) {
  for (const char* line : {"no colon", ": x", "a b: c", "X: a\r\nY: b", "X: a\x7f", ""}) {
    EXPECT_FALSE(parse_field_line(line)) << line;
  }
}

TEST(FieldLine, StandsInAFileWithOthers) {
  const auto fields = parse_field_lines("Authorization: Bearer x\r\n\nX-Key:  y ");
  ASSERT_TRUE(fields);
  ASSERT_EQ(fields->size(), 2U);
  EXPECT_EQ((*fields)[0].value, "Bearer x");
  EXPECT_EQ((*fields)[1].name, "X-Key");
  EXPECT_TRUE(parse_field_lines("")->empty());
  const auto broken = parse_field_lines("A: b\ntopsecret\n");
  ASSERT_FALSE(broken);
  EXPECT_EQ(std::string_view(broken.error()).find("topsecret"), std::string_view::npos);
}

TEST(FieldLine, SomeNamesAreTheSendersOrASecret) {
  EXPECT_TRUE(is_framing_field("Content-Length"));
  EXPECT_FALSE(is_framing_field("Content-Type"));
  EXPECT_TRUE(is_secret_field("COOKIE"));
  EXPECT_FALSE(is_secret_field("Set-Cookie"));
}

}  // namespace
}  // namespace patchbay
