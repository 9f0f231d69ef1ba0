#include "patchbay/tools/chat_client/chat_text.hpp"

#include <gtest/gtest.h>

namespace patchbay::chat_client {
namespace {

using Pieces = std::vector<std::string_view>;

TEST(CleanText, LeavesWhatPeopleWrite) {
  EXPECT_EQ(clean_text("Grüße, 世界 — naïve 👍"), "Grüße, 世界 — naïve 👍");
  EXPECT_EQ(clean_text(""), "");
  EXPECT_EQ(clean_text("a\tb"), "a b");
}

TEST(CleanText, DropsEscapeSequencesWhole) {
  EXPECT_EQ(clean_text("a\x1b[31mred\x1b[0m"), "ared");
  EXPECT_EQ(clean_text("\x1b]0;title\x07shown"), "shown");
  EXPECT_EQ(clean_text("\x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\"), "link");
  EXPECT_EQ(clean_text("\x1b]52;c;cGF5"), "");
  EXPECT_EQ(clean_text("a\x1b"), "a");
  EXPECT_EQ(clean_text("\x1b"
                       "cb"),
            "b");
  EXPECT_EQ(clean_text("\x1b[2"), "");
  EXPECT_EQ(clean_text("\x1bPq\x1b\\b"), "b");
}

TEST(CleanText, DropsControls) {
  EXPECT_EQ(clean_text("a\r\nb\x7f"
                       "c\x08"
                       "d"),
            "abcd");
  EXPECT_EQ(clean_text(std::string_view("a\0b", 3)), "ab");
  EXPECT_EQ(clean_text("a\xc2\x9b"
                       "31m"),
            "a31m");
  EXPECT_EQ(clean_text("a\x9b"
                       "31m"),
            "a\xef\xbf\xbd"
            "31m");
}

TEST(CleanText, DropsWhatTurnsOrHides) {
  EXPECT_EQ(clean_text("a\u202eb\u2066c\u200bd\u200ee"), "abcde");
  EXPECT_EQ(clean_text("\ufeffx"), "x");
}

TEST(CleanText, DropsColoursOfMirc) {
  EXPECT_EQ(clean_text("\x02"
                       "bold\x02 \x03"
                       "4,12red\x03 \x1fu\x1f"),
            "bold red u");
  EXPECT_EQ(clean_text("\x03"
                       "5"),
            "");
  EXPECT_EQ(clean_text("\x03"
                       "123"),
            "3");
  EXPECT_EQ(clean_text("\x03,5"), ",5");
  EXPECT_EQ(clean_text("\x03"
                       "5,x"),
            ",x");
  EXPECT_EQ(clean_text("\x04"
                       "ff0000x"),
            "x");
  EXPECT_EQ(clean_text("\x04"
                       "ff0000,00ff00x"),
            "x");
  EXPECT_EQ(clean_text("\x04zz"), "zz");
}

TEST(CleanText, LetsNoTowerOfMarksGrow) {
  std::string tower = "a";
  for (int i = 0; i < 100; ++i) tower += "\u0301";
  EXPECT_EQ(clean_text(tower), "a\u0301\u0301\u0301\u0301");
}

TEST(Columns, AreThoseOfATerminal) {
  EXPECT_EQ(columns_of("abc"), 3U);
  EXPECT_EQ(columns_of("世界"), 4U);
  EXPECT_EQ(columns_of("e\u0301"), 1U);
  EXPECT_EQ(columns_of("ü"), 1U);
}

TEST(Fitting, CutsNoCharacterAndNoMark) {
  EXPECT_EQ(fitting("世界", 3), "世");
  EXPECT_EQ(fitting("ae\u0301x", 2), "ae\u0301");
  EXPECT_EQ(fitting("abc", 0), "");
}

TEST(InColumns, CutsAndFills) {
  EXPECT_EQ(in_columns("ab", 4), "ab  ");
  EXPECT_EQ(in_columns("abcde", 4), "abc…");
  EXPECT_EQ(in_columns("世界世界", 4), "世… ");
  EXPECT_EQ(in_columns("abc", 0), "");
  for (std::size_t columns = 0; columns < 12; ++columns) {
    EXPECT_EQ(columns_of(in_columns("a世b界 and more", columns)), columns);
  }
}

TEST(Wrap, PartsBetweenWords) {
  EXPECT_EQ(wrap("one two three", 7, 7), (Pieces{"one two", "three"}));
  EXPECT_EQ(wrap("one two three", 8, 8), (Pieces{"one two", "three"}));
  EXPECT_EQ(wrap("abcdefgh", 3, 2), (Pieces{"abc", "de", "fg", "h"}));
  EXPECT_EQ(wrap("", 3, 3), (Pieces{""}));
  EXPECT_EQ(wrap("世界", 1, 1), (Pieces{"世", "界"}));
}

TEST(SplitText, KeepsToTheLimitAndLosesNothing) {
  EXPECT_EQ(split_text("aaa bbb ccc", 8), (Pieces{"aaa bbb", "ccc"}));
  EXPECT_EQ(split_text("", 8), Pieces{});
  EXPECT_EQ(split_text("aaaaaaaaab", 5), (Pieces{"aaaaa", "aaaab"}));
  std::string text;
  for (int i = 0; i < 100; ++i) text += "世";
  std::string together;
  for (const std::string_view piece : split_text(text, 10)) {
    EXPECT_LE(piece.size(), 10U);
    together += piece;
  }
  EXPECT_EQ(together, text);
}

}  // namespace
}  // namespace patchbay::chat_client
