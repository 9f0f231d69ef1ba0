#include "patchbay/tools/chat_client/input_line.hpp"

#include <gtest/gtest.h>

namespace patchbay::chat_client {
namespace {

InputLine typed(std::string_view text) {
  InputLine line;
  line.insert(text);
  return line;
}

TEST(InputLine, TakesWhatIsTyped) {
  InputLine line = typed("helo");
  line.left();
  line.insert("l");
  EXPECT_EQ(line.text(), "hello");
  EXPECT_EQ(line.cursor(), 4U);
  EXPECT_EQ(line.take(), "hello");
  EXPECT_EQ(line.text(), "");
  EXPECT_EQ(line.cursor(), 0U);
}

TEST(InputLine, TakesNoControls) { EXPECT_EQ(typed("a\x1b[31m\nb").text(), "ab"); }

TEST(InputLine, HasALimit) {
  InputLine line;
  for (int i = 0; i < 3'000; ++i) line.insert("世");
  EXPECT_LE(line.text().size(), InputLine::k_most_bytes);
  EXPECT_GT(line.text().size(), InputLine::k_most_bytes - 3);
  EXPECT_EQ(line.text().size() % 3, 0U);
}

TEST(InputLine, StepsOverWholeCharacters) {
  InputLine line = typed("a世e\u0301");
  line.left();
  EXPECT_EQ(line.cursor(), 4U);
  line.left();
  EXPECT_EQ(line.cursor(), 1U);
  line.right();
  EXPECT_EQ(line.cursor(), 4U);
  line.right();
  EXPECT_EQ(line.cursor(), line.text().size());
  line.right();
  EXPECT_EQ(line.cursor(), line.text().size());
  line.backspace();
  EXPECT_EQ(line.text(), "a世");
  line.home();
  line.left();
  EXPECT_EQ(line.cursor(), 0U);
  line.backspace();
  line.right();
  line.erase();
  EXPECT_EQ(line.text(), "a");
  line.erase();
  EXPECT_EQ(line.text(), "a");
}

TEST(InputLine, KillsAndYanks) {
  InputLine line = typed("one two  three");
  line.kill_word();
  EXPECT_EQ(line.text(), "one two  ");
  line.kill_word();
  EXPECT_EQ(line.text(), "one ");
  line.kill_word();
  line.kill_word();
  EXPECT_EQ(line.text(), "");
  line.yank();
  EXPECT_EQ(line.text(), "one ");
  line.insert("two");
  line.word_left();
  EXPECT_EQ(line.cursor(), 4U);
  line.kill_to_end();
  EXPECT_EQ(line.text(), "one ");
  line.yank();
  line.word_left();
  line.kill_to_begin();
  EXPECT_EQ(line.text(), "two");
  EXPECT_EQ(line.cursor(), 0U);
  line.word_right();
  EXPECT_EQ(line.cursor(), 3U);
}

TEST(InputLine, RemembersWhatWasTyped) {
  InputLine line;
  for (const char* text : {"one", "two", "two", ""}) {
    line.insert(text);
    line.take();
  }
  line.insert("draft");
  line.older();
  EXPECT_EQ(line.text(), "two");
  line.older();
  EXPECT_EQ(line.text(), "one");
  line.older();
  EXPECT_EQ(line.text(), "one");
  line.newer();
  line.newer();
  EXPECT_EQ(line.text(), "draft");
  line.newer();
  EXPECT_EQ(line.text(), "draft");
}

TEST(InputLine, ShowsThePartWithTheCursor) {
  InputLine line = typed("0123456789");
  EXPECT_EQ(line.shown(20).text, "0123456789");
  EXPECT_EQ(line.shown(20).cursor_column, 10U);
  EXPECT_EQ(line.shown(5).text, "6789");
  EXPECT_EQ(line.shown(5).cursor_column, 4U);
  line.home();
  EXPECT_EQ(line.shown(5).text, "01234");
  EXPECT_EQ(line.shown(5).cursor_column, 0U);
  EXPECT_EQ(typed("世界世界").shown(4).text, "界");
}

}  // namespace
}  // namespace patchbay::chat_client
