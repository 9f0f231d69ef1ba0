#include "patchbay/tools/chat_client/input_completion.hpp"

#include <gtest/gtest.h>

namespace patchbay::chat_client {
namespace {

struct InputCompletionTest : testing::Test {
  InputCompletionTest() {
    using Kind = ChatEvent::Kind;
    model.take({.kind = Kind::welcomed, .from = "me"});
    for (const char* room : {"#ops", "#lobby"}) {
      model.take({.kind = Kind::joined, .room = room, .from = "me"});
    }
    for (const char* name : {"Anna", "andreas", "bob"}) {
      model.take({.kind = Kind::joined, .room = "#lobby", .from = name});
    }
  }
  std::string tab(int times = 1) {
    for (int i = 0; i < times; ++i) completion.next(line, model);
    return line.text();
  }
  ChatModel model;
  InputLine line;
  InputCompletion completion;
};

TEST_F(InputCompletionTest, GoesThroughTheNames) {
  line.insert("an");
  EXPECT_EQ(tab(), "andreas: ");
  EXPECT_EQ(tab(), "Anna: ");
  EXPECT_EQ(tab(), "an");
  EXPECT_EQ(tab(), "andreas: ");
}

TEST_F(InputCompletionTest, CallsOnlyAtTheBeginning) {
  line.insert("hello B");
  EXPECT_EQ(tab(), "hello bob ");
}

TEST_F(InputCompletionTest, KnowsCommandsAndRooms) {
  line.insert("/pa");
  EXPECT_EQ(tab(), "/part ");
  completion.end();
  line.insert("#O");
  EXPECT_EQ(tab(), "/part #ops ");
}

TEST_F(InputCompletionTest, LeavesWhatItDoesNotKnow) {
  line.insert("zz");
  EXPECT_EQ(tab(), "zz");
  completion.end();
  line.insert(" ");
  EXPECT_EQ(tab(), "zz ");
}

TEST_F(InputCompletionTest, CompletesInTheMiddle) {
  line.insert("b there");
  line.home();
  line.right();
  EXPECT_EQ(tab(), "bob:  there");
  EXPECT_EQ(line.cursor(), 5U);
}

}  // namespace
}  // namespace patchbay::chat_client
