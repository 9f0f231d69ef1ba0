#include "patchbay/tools/echo/line_splitter.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace patchbay {
namespace {

using Lines = std::vector<std::string>;

// Each line with its ending in angle brackets.
void take_all(LineSplitter& splitter, std::string_view data, Lines& into) {
  while (const auto line = splitter.next(data)) {
    into.push_back(std::string(line->text) + (line->ending == "\r\n" ? "<crlf>" : "<lf>"));
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
  LineSplitter exact(4);
  Lines lines;
  take_all(exact, "abcd\n", lines);
  EXPECT_EQ(lines, Lines{"abcd<lf>"});
  EXPECT_FALSE(exact.too_long());
  take_all(exact, "abcde\n", lines);
  EXPECT_TRUE(exact.too_long());
  EXPECT_EQ(lines.size(), 1U);
}

TEST(LineSplitter, KeepsNoMoreThanTheLimitOfALineWithoutEnd) {
  LineSplitter splitter(4);
  Lines lines;
  take_all(splitter, "abc", lines);
  EXPECT_FALSE(splitter.too_long());
  take_all(splitter, "de", lines);
  EXPECT_TRUE(splitter.too_long());
  take_all(splitter, "\nnext\n", lines);
  EXPECT_TRUE(lines.empty()) << "too long it stays";
}

}  // namespace
}  // namespace patchbay
