#include "patchbay/wire/http_negotiation.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace patchbay {
namespace {

using enum ContentCoding;

constexpr std::array k_all = {br, zstd, gzip, identity};

std::optional<ContentCoding> choose(std::string_view field) { return choose_coding(field, k_all); }

// The examples of RFC 9110 section 12.5.3.
TEST(Coding, ReadsTheExamplesOfTheRfc) {
  EXPECT_EQ(choose("compress, gzip"), gzip);
  EXPECT_EQ(choose(""), identity);
  EXPECT_EQ(choose("*"), br);
  EXPECT_EQ(choose("compress;q=0.5, gzip;q=1.0"), gzip);
  EXPECT_EQ(choose("gzip;q=1.0, identity; q=0.5, *;q=0"), gzip);
}

TEST(Coding, IsTheServersChoiceAmongEquals) {
  EXPECT_EQ(choose("gzip, deflate, br, zstd"), br);
  EXPECT_EQ(choose("gzip, deflate, br"), br);
  EXPECT_EQ(choose("gzip, zstd"), zstd);
  constexpr std::array gzip_first = {gzip, br};
  EXPECT_EQ(choose_coding("br, gzip", gzip_first), gzip);
}

TEST(Coding, IsTheClientsChoiceOtherwise) {
  EXPECT_EQ(choose("br;q=0.2, zstd;q=0.3, gzip;q=0.25"), zstd);
  EXPECT_EQ(choose("br;q=0.999, gzip;q=1"), gzip);
  EXPECT_EQ(choose("identity, gzip;q=0.9"), identity);
  EXPECT_EQ(choose("gzip;q=0.001"), gzip) << "any rated coding goes before an unrated identity";
}

TEST(Coding, IsNothingThatWasRefused) {
  EXPECT_EQ(choose("br;q=0, *"), zstd);
  EXPECT_EQ(choose("br;q=0, zstd;q=0.000, gzip;q=0.0"), identity);
  EXPECT_EQ(choose("*;q=0, gzip"), gzip);
  EXPECT_EQ(choose("gzip;q=0.5, *;q=0.7"), br);
}

TEST(Coding, IsNoneWhenIdentityIsRefusedToo) {
  EXPECT_EQ(choose("identity;q=0"), std::nullopt);
  EXPECT_EQ(choose("*;q=0"), std::nullopt);
  EXPECT_EQ(choose("deflate, identity;q=0"), std::nullopt);
  EXPECT_EQ(choose("*;q=0, identity;q=0.1"), identity);
  EXPECT_EQ(choose_coding("br, identity;q=0", std::array{gzip}), std::nullopt);
}

TEST(Coding, IsIdentityWhenNothingElseIsThere) {
  EXPECT_EQ(choose_coding("br, gzip", {}), identity);
  EXPECT_EQ(choose_coding("br, *", std::array{identity}), identity);
  EXPECT_EQ(choose_coding("*", {}), identity);
  EXPECT_EQ(choose("deflate"), identity);
}

TEST(Coding, KnowsItsNamesInAnyCaseAndGzipsOldOne) {
  EXPECT_EQ(choose("GZIP"), gzip);
  EXPECT_EQ(choose("x-gzip"), gzip);
  EXPECT_EQ(choose("Br;Q=0.5"), br);
  for (const ContentCoding coding : k_all) EXPECT_EQ(choose(name_of(coding)), coding);
}

TEST(Coding, PassesOverWhatCannotBeRead) {
  for (const std::string_view weight :
       {"q", "q=", "q=2", "q=1.001", "q=0.0000", "q=.5", "q=-1", "q=0,5", "q=1e0", "q=0x1", "q =1",
        "level=1", "q=1 x", "q=01", "q=0.5.1"}) {
    const std::string field = "br;" + std::string(weight) + ", gzip;q=0.1";
    EXPECT_EQ(choose(field), gzip) << field;
  }
  EXPECT_EQ(choose(",, ;, br x, \"gzip"), identity);
}

TEST(Coding, ReadsBlanksWhereTheyMayBe) {
  EXPECT_EQ(choose(" br ;\tq=0.5 ,\tgzip ; q=0.6 "), gzip);
  EXPECT_EQ(choose("gzip;q=0.,br;q=1."), br);
}

// The table of RFC 9110 section 12.5.1.
TEST(Accept, ReadsTheTableOfTheRfc) {
  const std::string_view accept =
      "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, text/plain;format=fixed;q=0.4, "
      "*/*;q=0.5";
  EXPECT_EQ(quality_of(accept, "text/plain;format=flowed"), 1000);
  EXPECT_EQ(quality_of(accept, "text/plain"), 700);
  EXPECT_EQ(quality_of(accept, "text/html"), 300);
  EXPECT_EQ(quality_of(accept, "image/jpeg"), 500);
  EXPECT_EQ(quality_of(accept, "text/plain;format=fixed"), 400);
  EXPECT_EQ(quality_of(accept, "text/html;level=3"), 300);
}

TEST(Accept, TellsABrowserFromAProgram) {
  const auto wants_json = [](std::string_view accept) {
    return quality_of(accept, "application/json") > quality_of(accept, "text/html");
  };
  EXPECT_FALSE(wants_json("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"));
  EXPECT_FALSE(wants_json("*/*"));
  EXPECT_FALSE(wants_json(""));
  EXPECT_FALSE(wants_json("text/html, application/json"));
  EXPECT_TRUE(wants_json("application/json"));
  EXPECT_TRUE(wants_json("application/json, text/plain, */*;q=0.1"));
  EXPECT_TRUE(wants_json("text/html;q=0.5, application/*"));
}

TEST(Accept, LetsThePreciseRangeDecide) {
  EXPECT_EQ(quality_of("*/*, text/html;q=0", "text/html"), 0);
  EXPECT_EQ(quality_of("text/html;q=0.2, text/*;q=0.9", "text/html"), 200);
  EXPECT_EQ(quality_of("text/html;q=0.2, text/html;q=0.4, text/html;q=0.3", "text/html"), 400);
  EXPECT_EQ(quality_of("text/html;level=1", "text/html"), 0) << "another variant";
  EXPECT_EQ(quality_of("text/html;level=1;q=0.5", "text/html; LEVEL=1; x=y"), 500);
  EXPECT_EQ(quality_of("text/html;q=0.5;level=1", "text/html"), 500) << "an extension's";
}

TEST(Accept, RefusesWhatIsNotNamed) {
  EXPECT_EQ(quality_of("image/png", "text/html"), 0);
  EXPECT_EQ(quality_of("text/htm", "text/html"), 0);
  EXPECT_EQ(quality_of("*/html", "text/html"), 0) << "no such wildcard";
}

TEST(Accept, IsReadWithoutRegardToCase) {
  EXPECT_EQ(quality_of("TEXT/Html;Q=0.5", "text/html"), 500);
  EXPECT_EQ(quality_of("text/html ; q=0.5", "text/html"), 500);
}

TEST(Accept, PassesOverWhatCannotBeRead) {
  EXPECT_EQ(quality_of("text, text/, /html, text/html;q=x, text/html;=, */*;q=0.1", "text/html"),
            100);
  EXPECT_EQ(quality_of("text/html x", "text/html"), 0);
  EXPECT_EQ(quality_of(R"(text/html;a="x,y;q=0", text/html;q=0.3)", "text/html"), 300);
  EXPECT_EQ(quality_of("*/*", "html"), 0) << "no media type";
}

}  // namespace
}  // namespace patchbay
