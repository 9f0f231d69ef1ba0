#include "patchbay/tools/chat_bench/chat_bench_ledger.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace patchbay {
namespace {

// Clients 0 to 3 are in room 0, and 4, 5, 0, 1 in room 1; the first two of each talk: 0 and 1 are
// the voices 0 and 1, 4 and 5 the voices 2 and 3.
constexpr ChatBenchPlan k_plan{.clients = 6, .rooms = 2, .members = 4, .talkers = 2};

TEST(ChatBenchPlan, HasEveryClientInAsManyRoomsAsAnyOther) {
  const ChatBenchPlan plan{.clients = 7, .rooms = 9, .members = 3, .talkers = 1};
  std::vector<int> rooms(plan.clients);
  for (std::uint32_t room = 0; room < plan.rooms; ++room) {
    for (std::uint32_t member = 0; member < plan.members; ++member) {
      const std::uint32_t client = plan.client_of(room, member);
      ++rooms[client];
      EXPECT_EQ(plan.member_of(plan.first_of(room), client), member);
    }
  }
  const auto [fewest, most] = std::ranges::minmax(rooms);
  EXPECT_LE(most - fewest, 1);
  for (std::uint32_t client = 0; client < plan.clients; ++client) {
    int seen = 0;
    plan.for_each_room_of(client, [&](std::uint32_t room) {
      ++seen;
      EXPECT_LT(plan.member_of(plan.first_of(room), client), plan.members);
    });
    EXPECT_EQ(seen, rooms[client]);
  }
}

TEST(ChatBenchPlan, KnowsWhoIsNoMember) {
  EXPECT_GE(k_plan.member_of(k_plan.first_of(0), 4), k_plan.members);
  EXPECT_GE(k_plan.member_of(k_plan.first_of(1), 2), k_plan.members);
  EXPECT_EQ(k_plan.member_of(k_plan.first_of(1), 0), 2U);
  EXPECT_EQ(k_plan.talker_of(3), 5U);
}

TEST(ChatBenchLedger, CountsWhatEverybodyIsOwed) {
  ChatBenchLedger ledger(k_plan);
  EXPECT_EQ(ledger.say(0).owed, 3U);
  const auto said = ledger.say(0);
  EXPECT_EQ(said.sequence, 1U);
  EXPECT_EQ(ledger.owed(), 6U);
  for (const std::uint32_t client : {1U, 2U, 3U}) {
    EXPECT_TRUE(ledger.deliver(client, 0, 0));
    EXPECT_TRUE(ledger.deliver(client, 0, 1));
  }
  EXPECT_EQ(ledger.outstanding(), 0U);
  EXPECT_EQ(ledger.doubled() + ledger.reordered() + ledger.strange_lines(), 0U);
}

TEST(ChatBenchLedger, SeesALineThatIsLost) {
  ChatBenchLedger ledger(k_plan);
  for (int i = 0; i < 3; ++i) ledger.say(0);
  EXPECT_TRUE(ledger.deliver(2, 0, 0));
  EXPECT_TRUE(ledger.deliver(2, 0, 2));
  EXPECT_EQ(ledger.outstanding(), 7U);  // of 9
  EXPECT_EQ(ledger.doubled() + ledger.reordered(), 0U);
}

TEST(ChatBenchLedger, SeesALineThatComesTwice) {
  ChatBenchLedger ledger(k_plan);
  ledger.say(0);
  ledger.say(0);
  EXPECT_TRUE(ledger.deliver(2, 0, 0));
  EXPECT_FALSE(ledger.deliver(2, 0, 0));
  EXPECT_TRUE(ledger.deliver(2, 0, 1));
  EXPECT_FALSE(ledger.deliver(2, 0, 0));
  EXPECT_EQ(ledger.doubled(), 2U);
  EXPECT_EQ(ledger.delivered(), 2U);
  EXPECT_EQ(ledger.reordered(), 0U);
}

TEST(ChatBenchLedger, SeesALineThatComesLate) {
  ChatBenchLedger ledger(k_plan);
  for (int i = 0; i < 4; ++i) ledger.say(1);
  for (const std::uint32_t sequence : {0U, 3U, 1U, 2U}) EXPECT_TRUE(ledger.deliver(0, 1, sequence));
  EXPECT_EQ(ledger.reordered(), 2U);
  EXPECT_EQ(ledger.delivered(), 4U);
  EXPECT_FALSE(ledger.deliver(0, 1, 1));
  EXPECT_EQ(ledger.doubled(), 1U);
}

TEST(ChatBenchLedger, KeepsVoicesAndRoomsApart) {
  ChatBenchLedger ledger(k_plan);
  for (std::uint32_t voice = 0; voice < 4; ++voice) ledger.say(voice);
  EXPECT_TRUE(ledger.deliver(0, 1, 0));  // in both rooms
  EXPECT_TRUE(ledger.deliver(0, 2, 0));
  EXPECT_TRUE(ledger.deliver(0, 3, 0));
  EXPECT_TRUE(ledger.deliver(4, 3, 0));
  EXPECT_TRUE(ledger.deliver(1, 0, 0));
  EXPECT_EQ(ledger.delivered(), 5U);
  EXPECT_EQ(ledger.strange_lines(), 0U);
}

TEST(ChatBenchLedger, SeesWhatNobodySaidOrNotToThisClient) {
  ChatBenchLedger ledger(k_plan);
  ledger.say(0);
  EXPECT_FALSE(ledger.deliver(1, 0, 1));   // not yet said
  EXPECT_FALSE(ledger.deliver(1, 99, 0));  // by nobody
  EXPECT_FALSE(ledger.deliver(4, 0, 0));   // in another room
  EXPECT_EQ(ledger.strange_lines(), 3U);
  EXPECT_FALSE(ledger.deliver(0, 0, 0));  // its own
  EXPECT_EQ(ledger.strange_lines(), 3U);
  EXPECT_EQ(ledger.delivered(), 0U);
}

TEST(ChatBenchLedger, OwesNothingToWhoHasLeft) {
  ChatBenchLedger ledger(k_plan);
  for (int i = 0; i < 3; ++i) ledger.say(0);
  EXPECT_TRUE(ledger.deliver(2, 0, 0));
  EXPECT_TRUE(ledger.deliver(2, 0, 2));  // 1 is missing
  EXPECT_TRUE(ledger.deliver(3, 0, 0));
  ledger.leave(2);
  ledger.leave(3);
  ledger.leave(3);
  EXPECT_EQ(ledger.outstanding(), 3U);  // client 1
  EXPECT_EQ(ledger.say(0).owed, 1U);
  ledger.leave(0);  // the talker itself, who may still talk
  EXPECT_EQ(ledger.say(0).owed, 1U);
  for (std::uint32_t sequence = 0; sequence < 5; ++sequence) {
    EXPECT_TRUE(ledger.deliver(1, 0, sequence));
  }
  EXPECT_EQ(ledger.outstanding(), 0U);
}

}  // namespace
}  // namespace patchbay
