#include "patchbay/tools/scan/probe/connect_window.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

constexpr Instant k_begin{Duration(1h)};

std::size_t fill(ConnectWindow& window, Instant now) {
  std::size_t started = 0;
  for (; window.has_room(now); ++started) window.start();
  return started;
}

TEST(ConnectWindow, HoldsAsManyAsThereIsRoomFor) {
  ConnectWindow window(100);
  EXPECT_EQ(window.opens_at(), Instant());
  EXPECT_EQ(fill(window, k_begin), 100U);
  EXPECT_EQ(window.opens_at(), Instant::max());
  window.end();
  EXPECT_EQ(window.waiting(), 99U);
  EXPECT_EQ(fill(window, k_begin), 1U);
}

TEST(ConnectWindow, HoldsOneAtLeast) {
  ConnectWindow window(0);
  EXPECT_EQ(fill(window, k_begin), 1U);
}

TEST(ConnectWindow, AShortageTakesAQuarterAndTheEndsOfTriesGiveItBack) {
  ConnectWindow window(100);
  fill(window, k_begin);
  window.shortage(k_begin);
  EXPECT_EQ(window.waiting(), 99U);
  EXPECT_EQ(window.room(), 75U);
  while (window.waiting() > 75) window.end();
  const std::size_t after = window.room();
  EXPECT_EQ(after, 75 + 24 / 4U);
  for (int i = 0; i < 1000; ++i) {
    fill(window, k_begin);
    window.end();
  }
  EXPECT_EQ(window.room(), 100U);
}

TEST(ConnectWindow, PausesLongerEachTimeUntilATryEnds) {
  ConnectWindow window(100);
  Instant now = k_begin;
  Duration last{};
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(window.has_room(now));
    window.start();
    window.shortage(now);
    EXPECT_FALSE(window.has_room(now));
    EXPECT_GE(window.opens_at() - now, last);
    last = window.opens_at() - now;
    now = window.opens_at();
  }
  EXPECT_EQ(last, 320ms);
  EXPECT_EQ(window.room(), 1U);
  window.start();
  window.end();
  EXPECT_TRUE(window.has_room(k_begin));
  window.start();
  window.shortage(now);
  EXPECT_EQ(window.opens_at() - now, 5ms);
}

TEST(ConnectWindow, WithNothingOnItsWayALongShortageIsHopeless) {
  ConnectWindow window(2);
  window.start();
  window.start();
  window.shortage(k_begin);
  EXPECT_FALSE(window.hopeless(k_begin + 1h));  // one is on its way, and gives back what it has
  window.end();
  window.start();
  window.shortage(k_begin);
  EXPECT_FALSE(window.hopeless(k_begin + 29s));
  window.start();
  window.shortage(k_begin + 29s);
  EXPECT_TRUE(window.hopeless(k_begin + 30s));
}

}  // namespace
}  // namespace patchbay
