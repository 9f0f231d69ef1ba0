#include "patchbay/tools/lab/packet_queue.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace patchbay {
namespace {

bool push(PacketQueue& queue, Duration due, const std::string& text) {
  std::memcpy(queue.room().data(), text.data(), text.size());
  return queue.push(Instant(due), text.size());
}

std::string take(PacketQueue& queue) {
  const auto bytes = queue.pop();
  std::string text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  queue.give_back(bytes);
  return text;
}

TEST(PacketQueue, GivesThemOutAsTheyAreDue) {
  PacketQueue queue(100, 10);
  EXPECT_EQ(queue.next_due(), Instant::max());
  EXPECT_TRUE(push(queue, 1ms, "first"));
  EXPECT_TRUE(push(queue, 9ms, "held back"));
  EXPECT_TRUE(push(queue, 2ms, "second"));
  EXPECT_TRUE(push(queue, 2ms, "third"));
  EXPECT_EQ(queue.next_due(), Instant(1ms));
  EXPECT_EQ(take(queue), "first");
  EXPECT_EQ(take(queue), "second");
  EXPECT_EQ(take(queue), "third");
  EXPECT_EQ(queue.next_due(), Instant(9ms));
  EXPECT_EQ(take(queue), "held back");
  EXPECT_TRUE(queue.empty());
}

TEST(PacketQueue, TakesNoMoreThanAllowed) {
  PacketQueue queue(10, 2);
  EXPECT_TRUE(push(queue, 1ms, "a"));
  EXPECT_TRUE(push(queue, 1ms, "b"));
  EXPECT_FALSE(push(queue, 1ms, "c"));
  EXPECT_EQ(queue.size(), 2U);
  EXPECT_EQ(take(queue), "a");
  EXPECT_TRUE(push(queue, 1ms, "d"));
  EXPECT_EQ(take(queue), "b");
  EXPECT_EQ(take(queue), "d");
}

TEST(PacketQueue, ACopyIsAPacketOfItsOwn) {
  PacketQueue queue(10, 10);
  std::memcpy(queue.room().data(), "one", 3);
  EXPECT_TRUE(queue.push_copy(Instant(1ms), 3));
  EXPECT_TRUE(queue.push(Instant(2ms), 3));
  EXPECT_TRUE(push(queue, 3ms, "two"));
  EXPECT_EQ(take(queue), "one");
  EXPECT_EQ(take(queue), "one");
  EXPECT_EQ(take(queue), "two");
}

TEST(PacketQueue, GivesOutInOrderWhateverTheOrderOfComing) {
  // Many are due together: of those the first is the first out.
  PacketQueue queue(20, 2000);
  std::vector<std::pair<int, int>> expected;  // when it is due, and its number
  std::uint32_t chance = 1;
  for (int round = 0; round < 1000; ++round) {
    chance = chance * 1'664'525 + 1'013'904'223;
    const int due_ms = round / 2 + static_cast<int>((chance >> 28) % 3) * 20;
    expected.emplace_back(due_ms, round);
    ASSERT_TRUE(push(queue, due_ms * 1ms, std::to_string(round)));
  }
  std::ranges::sort(expected);
  for (const auto& [due_ms, round] : expected) {
    ASSERT_EQ(queue.next_due(), Instant(due_ms * 1ms));
    ASSERT_EQ(take(queue), std::to_string(round));
  }
  EXPECT_TRUE(queue.empty());
}

TEST(PacketQueue, KeepsManyApart) {
  PacketQueue queue(20, 1000);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(push(queue, i * 1ms, std::to_string(i)));
    for (int i = 0; i < 500; ++i) ASSERT_EQ(take(queue), std::to_string(i));
  }
}

}  // namespace
}  // namespace patchbay
