#include "patchbay/tools/chat_client/screen_layout.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/chat_client/chat_text.hpp"

namespace patchbay::chat_client {
namespace {

struct ScreenLayoutTest : testing::Test {
  ScreenLayoutTest() {
    using Kind = ChatEvent::Kind;
    model.take({.kind = Kind::welcomed, .from = "ann"});
    model.take({.kind = Kind::joined, .room = "#lobby", .from = "ann"});
    model.take({.kind = Kind::members, .room = "#lobby", .members = {{"ann", "@"}, {"bob"}}});
  }
  void say(std::string text, std::string from = "bob") {
    const WallTime at{12h + 34min};
    model.take({.kind = ChatEvent::Kind::said,
                .at = at,
                .room = "#lobby",
                .line = {.at = at, .from = std::move(from), .text = std::move(text)}});
  }
  ScreenFrame frame(ScreenSize size) {
    return lay_out({.model = model, .input = input, .server = "irc.lab", .utc_offset = offset},
                   size);
  }
  std::string screen(ScreenSize size) {
    std::string text;
    for (const ScreenRow& row : frame(size).rows) text += text_of(row) + '\n';
    return text;
  }
  ChatModel model;
  InputLine input;
  Duration offset{};
};

TEST_F(ScreenLayoutTest, HasEverythingWhereThereIsRoom) {
  say("good morning");
  input.insert("hello");
  const ScreenFrame whole = frame({.rows = 10, .columns = 80});
  ASSERT_EQ(whole.rows.size(), 10U);
  EXPECT_TRUE(text_of(whole.rows[0]).starts_with(" #lobby"));
  EXPECT_NE(text_of(whole.rows[1]).find("irc.lab         │"), std::string::npos);
  EXPECT_NE(text_of(whole.rows[1]).find("│@ann"), std::string::npos);
  EXPECT_NE(text_of(whole.rows[7]).find("│12:34 <bob> good morning"), std::string::npos);
  EXPECT_TRUE(text_of(whole.rows[8]).starts_with(" ann @ irc.lab  2 here"));
  EXPECT_TRUE(text_of(whole.rows[9]).starts_with("> hello"));
  EXPECT_EQ(whole.cursor_row, 9U);
  EXPECT_EQ(whole.cursor_column, 7U);
}

TEST_F(ScreenLayoutTest, EachRowIsAsWideAsTheScreen) {
  say("世界 words that are long enough to go over more than one row of it 世界世界世界世界世界");
  say("x", std::string(200, 'n'));
  for (const std::size_t columns : {4U, 5U, 10U, 13U, 59U, 60U, 61U, 79U, 80U, 200U}) {
    for (const std::size_t rows : {1U, 2U, 3U, 4U, 30U}) {
      const ScreenFrame one = frame({.rows = rows, .columns = columns});
      EXPECT_EQ(one.rows.size(), rows);
      for (const ScreenRow& row : one.rows) {
        EXPECT_EQ(columns_of(text_of(row)), columns) << text_of(row);
      }
      EXPECT_LT(one.cursor_row, rows);
      EXPECT_LT(one.cursor_column, columns);
    }
  }
}

TEST_F(ScreenLayoutTest, GivesSmallScreensToTheTalk) {
  say("hi");
  EXPECT_EQ(screen({.rows = 6, .columns = 59}).find("│"), std::string::npos);
  EXPECT_EQ(screen({.rows = 6, .columns = 60}).find("@ann"), std::string::npos);
  EXPECT_NE(screen({.rows = 6, .columns = 60}).find("│"), std::string::npos);
}

TEST_F(ScreenLayoutTest, ShowsTheLatestAndScrolls) {
  for (int i = 0; i < 20; ++i) say("line " + std::to_string(i) + ".");
  EXPECT_NE(screen({.rows = 8, .columns = 50}).find("line 19."), std::string::npos);
  EXPECT_EQ(screen({.rows = 8, .columns = 50}).find("line 14."), std::string::npos);
  EXPECT_EQ(frame({.rows = 8, .columns = 50}).shown_lines, 5U);
  model.current().below = 10;
  const std::string above = screen({.rows = 8, .columns = 50});
  EXPECT_NE(above.find("line 9."), std::string::npos);
  EXPECT_EQ(above.find("line 10."), std::string::npos);
  EXPECT_NE(above.find("10 lines below"), std::string::npos);
}

TEST_F(ScreenLayoutTest, WrapsUnderTheFirstRow) {
  say("one two three four five six seven");
  const ScreenFrame one = frame({.rows = 8, .columns = 30});
  EXPECT_EQ(text_of(one.rows[4]), "12:34 <bob> one two three four");
  EXPECT_EQ(text_of(one.rows[5]), "            five six seven    ");
}

TEST_F(ScreenLayoutTest, TellsWhatIsUnread) {
  model.take({.kind = ChatEvent::Kind::joined, .room = "#ops", .from = "ann"});
  say("ann: hello");
  const std::string text = screen({.rows = 8, .columns = 100});
  EXPECT_NE(text.find("#lobby         1│"), std::string::npos) << text;
  EXPECT_NE(text.find("unread #lobby:1!"), std::string::npos);
}

TEST_F(ScreenLayoutTest, TellsTheTimeOfThePlace) {
  say("hi");
  offset = 2h;
  EXPECT_NE(screen({.rows = 8, .columns = 50}).find("14:34 <bob> hi"), std::string::npos);
  offset = -13h;
  EXPECT_NE(screen({.rows = 8, .columns = 50}).find("23:34 <bob> hi"), std::string::npos);
}

TEST_F(ScreenLayoutTest, TellsThatThereAreMoreMembers) {
  for (int i = 0; i < 50; ++i) {
    model.take(
        {.kind = ChatEvent::Kind::joined, .room = "#lobby", .from = "m" + std::to_string(i)});
  }
  EXPECT_NE(screen({.rows = 8, .columns = 80}).find("… 52 in all"), std::string::npos);
}

}  // namespace
}  // namespace patchbay::chat_client
