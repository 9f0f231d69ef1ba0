#include "patchbay/tools/chat_bench/chat_bench_roster.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

constexpr ChatBenchPlan k_plan{.clients = 100, .rooms = 2, .members = 70, .talkers = 1};

// Everybody of room 0 sees everybody.
void see_all(ChatBenchRoster& roster, std::uint32_t room, std::uint32_t first) {
  for (std::uint32_t reader = 0; reader < k_plan.members; ++reader) {
    for (std::uint32_t other = 0; other < k_plan.members; ++other) {
      roster.saw((first + reader) % k_plan.clients, room, (first + other) % k_plan.clients);
    }
  }
}

TEST(ChatBenchRoster, IsCompleteWhenEverybodyHasSeenEverybody) {
  ChatBenchRoster roster(k_plan);
  EXPECT_TRUE(roster.is_complete());  // there is nobody
  for (std::uint32_t client = 0; client < k_plan.clients; ++client) roster.expect(client);
  EXPECT_EQ(roster.unseen(), 2U * 70 * 70);
  see_all(roster, 0, 0);
  EXPECT_EQ(roster.unseen(), 70U * 70);
  see_all(roster, 1, 70);
  EXPECT_TRUE(roster.is_complete());
}

TEST(ChatBenchRoster, CountsAPairOnce) {
  ChatBenchRoster roster(k_plan);
  roster.expect(3);
  roster.expect(5);
  const std::uint64_t before = roster.unseen();
  EXPECT_TRUE(roster.saw(3, 0, 5));
  EXPECT_FALSE(roster.saw(3, 0, 5));
  EXPECT_EQ(roster.unseen(), before - 1);
  EXPECT_TRUE(roster.saw(5, 0, 3));  // the other way round is another
}

TEST(ChatBenchRoster, KnowsWhatCannotBe) {
  ChatBenchRoster roster(k_plan);
  EXPECT_FALSE(roster.saw(80, 0, 3));  // neither is in the other's room
  EXPECT_FALSE(roster.saw(3, 0, 80));
  EXPECT_FALSE(roster.saw(3, 2, 4));
  EXPECT_FALSE(roster.saw(3, 0, 100));
}

TEST(ChatBenchRoster, WaitsForNobodyWhoIsNotThere) {
  ChatBenchRoster roster(k_plan);  // these are in room 0 only
  for (const std::uint32_t client : {41U, 42U, 43U}) roster.expect(client);
  EXPECT_EQ(roster.unseen(), 9U);
  roster.saw(41, 0, 41);
  roster.saw(41, 0, 42);
  roster.saw(42, 0, 41);
  roster.saw(42, 0, 42);
  EXPECT_EQ(roster.unseen(), 5U);
  roster.leave(43);
  EXPECT_TRUE(roster.is_complete());
  roster.leave(43);
  EXPECT_TRUE(roster.is_complete());
  // What is seen before somebody is expected counts as well.
  roster.saw(42, 0, 44);
  roster.expect(44);
  EXPECT_EQ(roster.unseen(), 4U);  // 41 of 44, and 44 of 41, 42 and itself
}

}  // namespace
}  // namespace patchbay
