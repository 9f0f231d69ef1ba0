#include "patchbay/tools/chat/room/chat_recent.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

using enum ChatHistoryQuery::Way;

// Message n of a room has the id 10 n and was said in second n.
WallTime second(std::uint64_t n) { return WallTime{} + std::chrono::seconds(n); }
ChatPoint message(std::uint64_t n) { return {.id = n * 10}; }
ChatPoint hour(std::uint64_t n) { return {.at = second(n)}; }

ChatRoom room_with(std::uint64_t first, std::uint64_t last) {
  ChatRoom room;
  room.last_sequence = last;
  for (std::uint64_t n = first; n <= last; ++n) {
    auto said = std::make_shared<ChatMessage>();
    said->id = n * 10;
    said->sequence = n;
    said->at = second(n);
    room.recent.push_back(std::move(said));
  }
  return room;
}

// The numbers of the messages, as "3 4 5"; "?" where the history has to be asked.
std::string answer(const ChatRoom& room, ChatHistoryQuery query, bool is_all = false) {
  const auto messages = read_recent(room, query, is_all);
  if (!messages) return "?";
  std::string text;
  for (const SharedChatMessage& each : *messages) {
    if (!text.empty()) text += ' ';
    text += std::to_string(each->sequence);
  }
  return text;
}

TEST(ReadRecent, Latest) {
  const ChatRoom room = room_with(6, 10);
  EXPECT_EQ(answer(room, {.way = latest, .limit = 3}), "8 9 10");
  EXPECT_EQ(answer(room, {.way = latest, .limit = 5}), "6 7 8 9 10");
  EXPECT_EQ(answer(room, {.way = latest, .limit = 6}), "?");
  EXPECT_EQ(answer(room, {.way = latest, .limit = 6}, true), "6 7 8 9 10");
  EXPECT_EQ(answer(room, {.way = latest, .from = message(8), .limit = 6}), "9 10");
  EXPECT_EQ(answer(room, {.way = latest, .from = hour(8), .limit = 1}), "10");
  EXPECT_EQ(answer(room, {.way = latest, .from = message(10), .limit = 6}), "");
  EXPECT_EQ(answer(room, {.way = latest, .from = message(4), .limit = 6}), "?");
  EXPECT_EQ(answer(room, {.way = latest, .from = message(4), .limit = 5}), "6 7 8 9 10");
}

TEST(ReadRecent, AllOfAYoungRoomIsThere) {
  EXPECT_EQ(answer(room_with(1, 3), {.way = latest, .limit = 100}), "1 2 3");
  EXPECT_EQ(answer(room_with(1, 3), {.way = before, .from = hour(2), .limit = 100}), "1");
  EXPECT_EQ(answer(room_with(1, 3), {.way = after, .from = hour(0), .limit = 2}), "1 2");
  EXPECT_EQ(answer(room_with(1, 0), {.way = latest, .limit = 100}), "");
}

TEST(ReadRecent, NothingInMemoryIsNotNothingSaid) {
  ChatRoom room;
  room.last_sequence = 5;
  EXPECT_EQ(answer(room, {.way = latest, .limit = 1}), "?");
  EXPECT_EQ(answer(room, {.way = after, .from = hour(2), .limit = 1}), "?");
}

TEST(ReadRecent, Before) {
  const ChatRoom room = room_with(6, 10);
  EXPECT_EQ(answer(room, {.way = before, .from = message(9), .limit = 2}), "7 8");
  EXPECT_EQ(answer(room, {.way = before, .from = hour(9), .limit = 3}), "6 7 8");
  EXPECT_EQ(answer(room, {.way = before, .from = message(9), .limit = 4}), "?");
  EXPECT_EQ(answer(room, {.way = before, .from = hour(99), .limit = 2}), "9 10");
  EXPECT_EQ(answer(room, {.way = before, .from = message(3), .limit = 2}), "?");
}

TEST(ReadRecent, After) {
  const ChatRoom room = room_with(6, 10);
  EXPECT_EQ(answer(room, {.way = after, .from = message(7), .limit = 2}), "8 9");
  EXPECT_EQ(answer(room, {.way = after, .from = hour(7), .limit = 9}), "8 9 10");
  EXPECT_EQ(answer(room, {.way = after, .from = message(6), .limit = 1}), "7");
  EXPECT_EQ(answer(room, {.way = after, .from = message(5), .limit = 1}), "?");
  EXPECT_EQ(answer(room, {.way = after, .from = message(10), .limit = 1}), "");
}

TEST(ReadRecent, Around) {
  const ChatRoom room = room_with(6, 12);
  EXPECT_EQ(answer(room, {.way = around, .from = message(9), .limit = 5}), "7 8 9 10 11");
  EXPECT_EQ(answer(room, {.way = around, .from = hour(9), .limit = 4}), "7 8 9 10");
  EXPECT_EQ(answer(room, {.way = around, .from = message(12), .limit = 5}), "10 11 12");
  EXPECT_EQ(answer(room, {.way = around, .from = message(7), .limit = 5}), "?");
  EXPECT_EQ(answer(room, {.way = around, .from = message(7), .limit = 5}, true), "6 7 8 9 10");
  EXPECT_EQ(answer(room, {.way = around, .from = message(9), .limit = 1}), "9");
}

TEST(ReadRecent, BetweenInBothDirections) {
  const ChatRoom room = room_with(6, 12);
  EXPECT_EQ(answer(room, {.way = between, .from = message(7), .to = message(11), .limit = 2}),
            "8 9");
  EXPECT_EQ(answer(room, {.way = between, .from = message(11), .to = message(7), .limit = 2}),
            "9 10");
  EXPECT_EQ(answer(room, {.way = between, .from = hour(7), .to = message(9), .limit = 9}), "8");
  EXPECT_EQ(answer(room, {.way = between, .from = message(9), .to = hour(7), .limit = 9}), "8");
  EXPECT_EQ(answer(room, {.way = between, .from = hour(4), .to = hour(8), .limit = 9}), "?");
  EXPECT_EQ(answer(room, {.way = between, .from = hour(9), .to = hour(4), .limit = 3}), "6 7 8");
  EXPECT_EQ(answer(room, {.way = between, .from = hour(9), .to = hour(4), .limit = 4}), "?");
  EXPECT_EQ(answer(room, {.way = between, .from = message(8), .to = message(8), .limit = 4}), "");
  EXPECT_EQ(answer(room, {.way = between, .from = message(99), .to = hour(7), .limit = 4}), "?");
}

}  // namespace
}  // namespace patchbay
