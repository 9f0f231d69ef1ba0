#include "patchbay/tools/chat/chat_flood.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

// Two commands a second, five at once; one join a second, two at once; history has no limit.
constexpr ChatLimits k_limits = {.commands = {.per_second = 2, .burst = 5},
                                 .history = {.per_second = 2, .burst = 0},
                                 .joins = {.per_second = 1, .burst = 2},
                                 .flood_patience = 30s};

class Flood : public testing::Test {
 protected:
  // One command as soon as that may be, and then the client waits.
  void command(Duration then = 0ms) {
    now_ = flood_.next(now_);
    flood_.spend(ChatCost::command, k_limits, now_);
    now_ += then;
  }
  Duration delay() const { return flood_.next(now_) - now_; }
  bool is_hopeless() const { return flood_.is_hopeless(k_limits, now_); }

  ChatFlood flood_;
  Instant now_ = Instant(1h);
};

TEST_F(Flood, LetsABurstThroughAndThenDelays) {
  for (int i = 0; i < 5; ++i) {
    command();
    EXPECT_EQ(delay(), 0ms) << i;
  }
  command();
  EXPECT_EQ(delay(), 500ms);
  command();
  EXPECT_EQ(delay(), 500ms) << "it has waited before that one";
}

TEST_F(Flood, ForgivesInTime) {
  for (int i = 0; i < 6; ++i) command();
  now_ += 3s;
  for (int i = 0; i < 5; ++i) command();
  EXPECT_EQ(delay(), 0ms);
}

TEST_F(Flood, CountsJoinsForThemselves) {
  for (int i = 0; i < 5; ++i) command();
  flood_.spend(ChatCost::join, k_limits, now_);
  flood_.spend(ChatCost::join, k_limits, now_);
  EXPECT_EQ(delay(), 0ms);
  flood_.spend(ChatCost::join, k_limits, now_);
  EXPECT_EQ(delay(), 1s);
}

TEST_F(Flood, IsHopelessWhenOneLineOwesTooMuch) {
  for (int i = 0; i < 32; ++i) flood_.spend(ChatCost::join, k_limits, now_);
  EXPECT_FALSE(is_hopeless());
  flood_.spend(ChatCost::join, k_limits, now_);
  EXPECT_TRUE(is_hopeless());
}

TEST_F(Flood, IsHopelessWhenItNeverStops) {
  for (int i = 0; i < 60; ++i) command();
  EXPECT_FALSE(is_hopeless());
  for (int i = 0; i < 10; ++i) command();
  EXPECT_TRUE(is_hopeless());
}

TEST_F(Flood, IsNotHopelessAtThePaceThatIsAllowed) {
  for (int i = 0; i < 5; ++i) command();
  for (int i = 0; i < 1000; ++i) {
    command(700ms);
    EXPECT_FALSE(is_hopeless()) << i;
  }
}

TEST_F(Flood, HasNoLimitWhereTheBurstIsZero) {
  for (int i = 0; i < 1000; ++i) flood_.spend(ChatCost::history, k_limits, now_);
  EXPECT_EQ(delay(), 0ms);
}

TEST_F(Flood, CountsNothingWhereItIsSwitchedOff) {
  flood_ = ChatFlood(false);
  for (int i = 0; i < 1000; ++i) flood_.spend(ChatCost::command, k_limits, now_);
  EXPECT_EQ(delay(), 0ms);
  EXPECT_FALSE(is_hopeless());
}

}  // namespace
}  // namespace patchbay
