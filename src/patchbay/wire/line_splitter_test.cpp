#include "patchbay/wire/line_splitter.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace patchbay {
namespace {

using Lines = std::vector<std::string>;

// Each line with its ending in angle brackets.
void take_all(LineSplitter& splitter, std::string_view data, Lines& into) {
  while (const auto line = splitter.next(data)) {
    const std::string_view ending = line->too_long           ? "<too long>"
                                    : line->ending == "\r\n" ? "<crlf>"
                                                             : "<lf>";
    into.push_back(std::string(line->text).append(ending));
  }
}

TEST(LineSplitter, CutsWhereverTheStreamWasCut) {
  const std::string_view stream = "one\ntwo\r\n\r\n\nlast";
  for (std::size_t size = 1; size <= stream.size(); ++size) {
    LineSplitter splitter(100);
    Lines lines;
    for (std::size_t at = 0; at < stream.size(); at += size) {
      take_all(splitter, stream.substr(at, size), lines);
    }
    EXPECT_EQ(lines, (Lines{"one<lf>", "two<crlf>", "<crlf>", "<lf>"})) << "pieces of " << size;
    EXPECT_TRUE(splitter.unfinished());
    const auto last = splitter.last();
    ASSERT_TRUE(last);
    EXPECT_EQ(last->text, "last");
    EXPECT_EQ(last->ending, "");
    EXPECT_FALSE(splitter.last());
  }
}

TEST(LineSplitter, TakesALineOfTheLimitAndNoLonger) {
  LineSplitter splitter(4);
  Lines lines;
  take_all(splitter, "abcd\n", lines);
  EXPECT_FALSE(splitter.too_long());
  take_all(splitter, "abcde\nabc\r\nabcd\r\n", lines);
  EXPECT_EQ(lines, (Lines{"abcd<lf>", "<too long>", "abc<crlf>", "<too long>"}));
  EXPECT_TRUE(splitter.too_long());
}

TEST(LineSplitter, SaysOnceThatALineIsTooLongAndPassesOverTheRest) {
  LineSplitter splitter(4);
  Lines lines;
  take_all(splitter, "abc", lines);
  EXPECT_TRUE(lines.empty());
  take_all(splitter, "de", lines);
  EXPECT_EQ(lines, Lines{"<too long>"}) << "said before its end";
  EXPECT_EQ(splitter.heap_bytes(), 0U);
  for (int i = 0; i < 100; ++i) take_all(splitter, "and on and on", lines);
  EXPECT_EQ(lines.size(), 1U);
  EXPECT_TRUE(splitter.unfinished());
  EXPECT_FALSE(splitter.last());
  take_all(splitter, "!\nnext\n", lines);
  EXPECT_EQ(lines, (Lines{"<too long>", "next<lf>"}));
  EXPECT_FALSE(splitter.unfinished());
}

// What an idle connection costs.
TEST(LineSplitter, HoldsNothingBetweenLines) {
  LineSplitter splitter(1000);
  const std::string half(300, 'a');
  Lines lines;
  take_all(splitter, half, lines);
  EXPECT_GE(splitter.heap_bytes(), half.size());
  take_all(splitter, half, lines);
  take_all(splitter, "\n", lines);
  EXPECT_EQ(lines, Lines{half + half + "<lf>"});
  EXPECT_EQ(splitter.heap_bytes(), 0U);
}

}  // namespace
}  // namespace patchbay
