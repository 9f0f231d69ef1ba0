#include "patchbay/net/neighbour_table.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

using State = NeighbourTable::State;

constexpr Instant k_start{1s};
constexpr std::array<std::uint8_t, 6> k_link = {2, 0, 0, 0, 0, 7};

IpAddress host(unsigned number) { return *IpAddress::parse("10.0.0." + std::to_string(number)); }

TEST(NeighbourTable, AsksForWhomItIsAskedAndBelievesTheAnswer) {
  NeighbourTable table;
  EXPECT_FALSE(table.next_question(k_start));
  EXPECT_EQ(table.wake_at(), Instant::max());
  const auto id = table.entry(3, host(1));
  EXPECT_EQ(table.entry(3, host(1)), id);
  EXPECT_NE(table.entry(4, host(1)), id);  // behind another interface it is another host
  const auto question = table.next_question(k_start);
  ASSERT_TRUE(question);
  EXPECT_EQ(question->id, id);
  EXPECT_EQ(question->interface, 3U);
  EXPECT_EQ(question->address, host(1));
  EXPECT_EQ(table.state(id), State::unknown);
  EXPECT_EQ(table.wake_at(), k_start + NeighbourOptions().pause);
  EXPECT_EQ(table.heard(3, host(1), k_link), id);
  EXPECT_EQ(table.state(id), State::known);
  EXPECT_EQ(table.link(id), k_link);
}

TEST(NeighbourTable, CallsAbsentWhoIsSilentToEveryTry) {
  NeighbourTable table({.tries = 3, .pause = 100ms});
  const auto id = table.entry(1, host(1));
  Instant now = k_start;
  for (int tries = 0; tries < 3; ++tries) {
    EXPECT_TRUE(table.next_question(now)) << tries;
    EXPECT_FALSE(table.next_question(now + 99ms)) << tries;
    EXPECT_EQ(table.state(id), State::unknown);
    now += 100ms;
  }
  EXPECT_FALSE(table.next_question(now));
  EXPECT_EQ(table.state(id), State::absent);
  EXPECT_EQ(table.next_absent(), id);
  EXPECT_FALSE(table.next_absent());
  EXPECT_EQ(table.wake_at(), Instant::max());
  table.heard(1, host(1), k_link);  // it is there after all
  EXPECT_EQ(table.state(id), State::known);
}

// What this host could not send says nothing of who is there.
TEST(NeighbourTable, AQuestionThatWasNotSentIsNoTry) {
  NeighbourTable table({.tries = 1, .pause = 100ms});
  const auto id = table.entry(1, host(1));
  Instant now = k_start;
  for (int unsent = 0; unsent < 5; ++unsent) {
    ASSERT_TRUE(table.next_question(now)) << unsent;
    table.not_asked(id);
    EXPECT_FALSE(table.next_question(now + 99ms)) << unsent;
    now += 100ms;
    EXPECT_EQ(table.state(id), State::unknown);
  }
  EXPECT_TRUE(table.next_question(now));
  EXPECT_FALSE(table.next_question(now + 100ms));
  EXPECT_EQ(table.state(id), State::absent);
}

TEST(NeighbourTable, AsksSoManyAtATime) {
  NeighbourTable table({.tries = 1, .pause = 100ms, .at_a_time = 2});
  for (unsigned i = 1; i <= 5; ++i) table.entry(1, host(i));
  EXPECT_TRUE(table.next_question(k_start));
  EXPECT_TRUE(table.next_question(k_start));
  EXPECT_FALSE(table.next_question(k_start));
  table.heard(1, host(2), k_link);  // an answer makes room, whoever else is waited for
  EXPECT_EQ(table.next_question(k_start)->address, host(3));
  EXPECT_FALSE(table.next_question(k_start));
  EXPECT_EQ(table.next_question(k_start + 100ms)->address, host(4));
}

TEST(NeighbourTable, BelievesTheKernelAndAsksWhereThatIsNotSure) {
  NeighbourTable table({.tries = 1, .pause = 100ms});
  table.learn(1, host(1), k_link, true);
  table.learn(1, host(2), k_link, false);
  const auto sure = table.entry(1, host(1));
  const auto unsure = table.entry(1, host(2));
  EXPECT_EQ(table.state(sure), State::known);
  EXPECT_EQ(table.state(unsure), State::known);
  EXPECT_EQ(table.next_question(k_start)->id, unsure);
  EXPECT_FALSE(table.next_question(k_start));
  EXPECT_FALSE(table.next_question(k_start + 1s));
  EXPECT_EQ(table.state(unsure), State::known);  // silence alone does not make it absent
  const std::array<std::uint8_t, 6> other = {2, 0, 0, 0, 0, 8};
  table.heard(1, host(2), other);
  EXPECT_EQ(table.link(unsure), other);
}

TEST(NeighbourTable, KeepsNothingOfStrangers) {
  NeighbourTable table;
  EXPECT_FALSE(table.heard(1, host(9), k_link));
  table.learn(1, host(8), k_link, false);
  EXPECT_FALSE(table.heard(1, host(8), k_link));  // known, but nobody wants it
  EXPECT_FALSE(table.next_question(k_start));
}

}  // namespace
}  // namespace patchbay
