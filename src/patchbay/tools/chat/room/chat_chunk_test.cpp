#include "patchbay/tools/chat/room/chat_chunk.hpp"

#include <gtest/gtest.h>

#include <string>

namespace patchbay {
namespace {

// All that lies behind a cursor.
std::string read(ChatCursor& cursor) {
  std::string text;
  for (;;) {
    const std::string_view next = ChatLog::next(cursor);
    if (next.empty()) return text;
    text += next;
    ChatLog::advance(cursor, next.size());
  }
}

TEST(ChatLog, IsReadFromWhereOneCameIn) {
  ChatLog log(64);
  log.append("before ");
  ChatCursor cursor = log.end();
  EXPECT_FALSE(log.is_behind(cursor));
  log.append("after");
  EXPECT_TRUE(log.is_behind(cursor));
  EXPECT_EQ(log.behind(cursor), 5U);
  EXPECT_EQ(read(cursor), "after");
  EXPECT_FALSE(log.is_behind(cursor));
  EXPECT_EQ(read(cursor), "");
}

TEST(ChatLog, GoesOnInFurtherChunks) {
  ChatLog log(8);
  ChatCursor cursor = log.end();
  std::string all;
  for (int i = 0; i < 100; ++i) {
    const std::string text = std::to_string(i * i * i);
    log.append(text);
    all += text;
  }
  EXPECT_EQ(log.behind(cursor), all.size());
  EXPECT_EQ(read(cursor), all);
}

TEST(ChatLog, KeepsALongTextInOnePiece) {
  ChatLog log(8);
  ChatCursor cursor = log.end();
  const std::string text(1000, 'x');
  log.append("ab");
  log.append(text);
  EXPECT_EQ(ChatLog::next(cursor), "ab");
  ChatLog::advance(cursor, 2);
  EXPECT_EQ(ChatLog::next(cursor), text);
}

TEST(ChatLog, KeepsOnlyWhatSomebodyIsStillToBeSent) {
  const std::size_t before = ChatChunk::all_bytes();
  {
    ChatLog log(1024);
    ChatCursor slow = log.end();
    for (int i = 0; i < 1000; ++i) log.append(std::string(100, 'x'));
    EXPECT_GT(ChatChunk::all_bytes() - before, 100'000U);
    slow = log.end();
    EXPECT_LT(ChatChunk::all_bytes() - before, 3'000U);
  }
  EXPECT_EQ(ChatChunk::all_bytes(), before);
}

// A million chunks one behind the other go without a call for each.
TEST(ChatLog, LetsGoOfALongChain) {
  const std::size_t before = ChatChunk::all_bytes();
  {
    ChatLog log(1);
    const ChatCursor slow = log.end();
    for (int i = 0; i < 1'000'000; ++i) log.append("xy");
  }
  EXPECT_EQ(ChatChunk::all_bytes(), before);
}

}  // namespace
}  // namespace patchbay
