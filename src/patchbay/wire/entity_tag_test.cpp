#include "patchbay/wire/entity_tag.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

constexpr EntityTag k_strong_1 = {.opaque = "1"};
constexpr EntityTag k_weak_1 = {.opaque = "1", .weak = true};
constexpr EntityTag k_weak_2 = {.opaque = "2", .weak = true};

TEST(EntityTag, ReadsTheExamplesOfTheRfc) {
  EXPECT_EQ(parse_entity_tag("\"xyzzy\""), (EntityTag{.opaque = "xyzzy"}));
  EXPECT_EQ(parse_entity_tag("W/\"xyzzy\""), (EntityTag{.opaque = "xyzzy", .weak = true}));
  EXPECT_EQ(parse_entity_tag("\"\""), (EntityTag{.opaque = ""}));
  EXPECT_EQ(parse_entity_tag("\"a,b\\\xff!\""), (EntityTag{.opaque = "a,b\\\xff!"}));
}

TEST(EntityTag, RefusesWhatIsNoTag) {
  for (const std::string_view text :
       {"", "xyzzy", "\"xyzzy", "xyzzy\"", "w/\"xyzzy\"", "W\"xyzzy\"", "W/xyzzy", "W/ \"xyzzy\"",
        "\"xy zzy\"", "\"xy\"zzy\"", "\"\x7f\"", "\"\t\"", "'xyzzy'", "*", "\"", "\"a\" "}) {
    EXPECT_FALSE(parse_entity_tag(text)) << text;
  }
}

// The table of section 8.8.3.2.
TEST(EntityTag, ComparesAsTheRfcDoes) {
  EXPECT_FALSE(matches(k_weak_1, k_weak_1, TagComparison::strong));
  EXPECT_TRUE(matches(k_weak_1, k_weak_1, TagComparison::weak));
  EXPECT_FALSE(matches(k_weak_1, k_weak_2, TagComparison::strong));
  EXPECT_FALSE(matches(k_weak_1, k_weak_2, TagComparison::weak));
  EXPECT_FALSE(matches(k_weak_1, k_strong_1, TagComparison::strong));
  EXPECT_TRUE(matches(k_weak_1, k_strong_1, TagComparison::weak));
  EXPECT_TRUE(matches(k_strong_1, k_strong_1, TagComparison::strong));
  EXPECT_TRUE(matches(k_strong_1, k_strong_1, TagComparison::weak));
}

TEST(EntityTag, IsLookedUpInLists) {
  const auto find = [](std::string_view list) {
    return look_up(list, k_strong_1, TagComparison::weak);
  };
  EXPECT_EQ(find("\"1\""), TagListVerdict::with);
  EXPECT_EQ(find("\"0\", \"1\""), TagListVerdict::with);
  EXPECT_EQ(find("\"0\",W/\"1\" ,\"2\""), TagListVerdict::with);
  EXPECT_EQ(find(", \"1\",,"), TagListVerdict::with);
  EXPECT_EQ(find("\"0\", \"2\""), TagListVerdict::without);
  EXPECT_EQ(find("\"0,1\""), TagListVerdict::without) << "a comma within a tag separates nothing";
  EXPECT_EQ(find("\"0,\"1\""), TagListVerdict::unreadable);
}

TEST(EntityTag, IsInNoListThatCannotBeRead) {
  for (const std::string_view list : {"", ",", "1", "\"1\" \"2\"", "\"1\"\"2\"", "\"1\", 2",
                                      "\"1\", *", "\"1\"; x", "\"1\", \"2"}) {
    EXPECT_EQ(look_up(list, k_strong_1, TagComparison::weak), TagListVerdict::unreadable) << list;
  }
}

TEST(EntityTag, MayBeMissing) {
  EXPECT_EQ(look_up("\"\"", std::nullopt, TagComparison::weak), TagListVerdict::without);
}

}  // namespace
}  // namespace patchbay
