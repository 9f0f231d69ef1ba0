#include "patchbay/tools/scan/run/host_spacing.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

constexpr Instant k_start{1s};

TEST(HostSpacing, AHostIsFreeAgainAfterItsTime) {
  HostSpacing spacing(100ms, 2);
  EXPECT_TRUE(spacing.is_free(0, k_start));
  spacing.sent(0, k_start);
  EXPECT_FALSE(spacing.is_free(0, k_start + 99ms));
  EXPECT_TRUE(spacing.is_free(0, k_start + 100ms));
  EXPECT_TRUE(spacing.is_free(1, k_start));
}

TEST(HostSpacing, EachThatWaitsHasATurnOfItsOwn) {
  HostSpacing spacing(100ms, 8);
  spacing.sent(3, k_start);
  spacing.put_off({.target = 1}, 3, k_start + 1ms);
  spacing.put_off({.target = 2}, 3, k_start + 2ms);
  EXPECT_EQ(spacing.next_turn(), k_start + 100ms);
  EXPECT_FALSE(spacing.take(k_start + 99ms));
  ASSERT_EQ(spacing.take(k_start + 100ms)->target, 1U);
  spacing.sent(3, k_start + 100ms);
  EXPECT_FALSE(spacing.is_free(3, k_start + 100ms));
  EXPECT_EQ(spacing.next_turn(), k_start + 200ms);
  EXPECT_EQ(spacing.waiting().size(), 1U);
  ASSERT_EQ(spacing.take(k_start + 200ms)->target, 2U);
  EXPECT_TRUE(spacing.is_empty());
  EXPECT_EQ(spacing.next_turn(), Instant::max());
}

TEST(HostSpacing, OneThatLeavesLatePutsOffTheNext) {
  HostSpacing spacing(100ms, 8);
  spacing.sent(0, k_start);
  spacing.put_off({.target = 1}, 0, k_start);
  spacing.put_off({.target = 2}, 0, k_start);
  ASSERT_TRUE(spacing.take(k_start + 250ms));
  spacing.sent(0, k_start + 250ms);
  EXPECT_FALSE(spacing.take(k_start + 250ms));
  EXPECT_EQ(spacing.next_turn(), k_start + 350ms);
}

TEST(HostSpacing, WhileOneIsHeldNobodyElseGoes) {
  HostSpacing spacing(100ms, 2);
  spacing.hold(0);
  EXPECT_FALSE(spacing.is_free(0, k_start + 1h));
  spacing.put_off({.target = 1}, 0, k_start);
  EXPECT_FALSE(spacing.take(k_start + 10s));
  spacing.sent(0, k_start + 10s);
  EXPECT_FALSE(spacing.take(k_start + 10s + 99ms));
  EXPECT_TRUE(spacing.take(k_start + 10s + 100ms));
}

TEST(HostSpacing, HasRoomForOneOfASingleHost) {
  HostSpacing spacing(1s, 1);
  spacing.sent(0, k_start);
  ASSERT_TRUE(spacing.has_room());
  spacing.put_off({.target = 1}, 0, k_start);
  EXPECT_FALSE(spacing.has_room());
}

}  // namespace
}  // namespace patchbay
