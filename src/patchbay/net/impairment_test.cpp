#include "patchbay/net/impairment.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace patchbay {
namespace {

constexpr int k_packets = 100'000;
constexpr std::size_t k_bytes = 1500;

// What became of `packets` packets that were sent `apart`; the times count from the first.
struct Sent {
  std::vector<bool> lost;
  std::vector<Duration> took;  // of those that arrived
  std::vector<Duration> arrived;
  LinkTotals totals;
};

Sent send(const Impairment& impairment, std::uint64_t seed, int packets, Duration apart) {
  LinkModel model(impairment, seed);
  Sent sent;
  for (int i = 0; i < packets; ++i) {
    const Instant now = Instant(1h) + i * apart;
    const Deliveries deliveries = model.pass(now, k_bytes);
    sent.lost.push_back(deliveries.count == 0);
    for (int copy = 0; copy < deliveries.count; ++copy) {
      sent.took.push_back(deliveries.at[copy] - now);
      sent.arrived.push_back(deliveries.at[copy] - Instant(1h));
    }
  }
  sent.totals = model.totals();
  return sent;
}

double share_lost(const Sent& sent) {
  return static_cast<double>(std::ranges::count(sent.lost, true)) /
         static_cast<double>(sent.lost.size());
}

// The mean number of packets that are lost one after the other.
double mean_burst(const Sent& sent) {
  double lost = 0, bursts = 0;
  bool before = false;
  for (const bool now : sent.lost) {
    lost += now ? 1 : 0;
    bursts += now && !before ? 1 : 0;
    before = now;
  }
  return lost / bursts;
}

TEST(LinkModel, APerfectLinkDeliversAtOnce) {
  const Sent sent = send({}, 1, 100, 1ms);
  EXPECT_TRUE(Impairment{}.perfect());
  EXPECT_EQ(sent.took, std::vector<Duration>(100, 0ms));
  EXPECT_EQ(sent.totals.offered_packets, 100U);
  EXPECT_EQ(sent.totals.offered_bytes, 100 * k_bytes);
}

TEST(LinkModel, DelaysByWhatWasAsked) {
  EXPECT_EQ(send({.delay = 50ms}, 1, 10, 1ms).took, std::vector<Duration>(10, 50ms));
}

TEST(LinkModel, LosesTheShareThatWasAsked) {
  for (const std::uint64_t seed : {0U, 1U, 2U, 3U}) {
    const Sent sent = send({.loss = 0.01}, seed, k_packets, 1us);
    EXPECT_NEAR(share_lost(sent), 0.01, 0.0015) << "seed " << seed;
    EXPECT_NEAR(mean_burst(sent), 1.0, 0.05) << "seed " << seed;
    EXPECT_EQ(sent.totals.lost_packets,
              static_cast<std::uint64_t>(std::ranges::count(sent.lost, true)));
  }
  EXPECT_EQ(share_lost(send({.loss = 1}, 1, 1000, 1us)), 1);
}

TEST(LinkModel, LosesInBursts) {
  const Sent all = send({.loss = 0.02, .burst_packets = 10}, 7, 10 * k_packets, 1us);
  EXPECT_NEAR(share_lost(all), 0.02, 0.002);
  EXPECT_NEAR(mean_burst(all), 10, 1);
  // Half of each burst gets through: the loss stays what was asked, the runs get short.
  const Sent half =
      send({.loss = 0.02, .burst_packets = 10, .burst_loss = 0.5}, 7, 10 * k_packets, 1us);
  EXPECT_NEAR(share_lost(half), 0.02, 0.002);
  EXPECT_LT(mean_burst(half), 3);
  EXPECT_GT(mean_burst(half), 1.5);
}

TEST(LinkModel, TheSameSeedDecidesAlike) {
  const Impairment impairment{.delay = 20ms, .jitter = 5ms, .loss = 0.1, .duplicate = 0.1};
  const Sent first = send(impairment, 42, 1000, 1ms);
  EXPECT_EQ(send(impairment, 42, 1000, 1ms).arrived, first.arrived);
  EXPECT_NE(send(impairment, 43, 1000, 1ms).arrived, first.arrived);
  EXPECT_NE(send(impairment, 43, 1000, 1ms).lost, first.lost);
}

TEST(LinkModel, WhatElseIsWrongChangesNothingAboutTheLosses) {
  const Sent plain = send({.loss = 0.05}, 9, 10'000, 1ms);
  const Sent more =
      send({.delay = 3ms, .jitter = 1ms, .loss = 0.05, .duplicate = 0.2, .reorder = 0.1}, 9, 10'000,
           1ms);
  EXPECT_EQ(more.lost, plain.lost);
}

TEST(LinkModel, JitterKeepsTheOrderAndTheMean) {
  for (const Duration apart : {Duration(1us), Duration(1ms), Duration(100ms)}) {
    const Sent sent = send({.delay = 50ms, .jitter = 10ms}, 5, 200'000, apart);
    EXPECT_TRUE(std::ranges::is_sorted(sent.arrived)) << apart.count();
    const auto [least, most] = std::ranges::minmax(sent.took);
    EXPECT_GE(least, 40ms);
    EXPECT_LE(most, 60ms);
    if (apart < 1ms) continue;  // 0.2 s is too short for the whole range
    EXPECT_LT(least, 42ms);
    EXPECT_GT(most, 58ms);
    Duration sum{};
    for (const Duration took : sent.took) sum += took;
    EXPECT_NEAR(static_cast<double>((sum / 200'000).count()), 50e6, 0.3e6);
  }
}

TEST(LinkModel, JitterBeyondTheDelayNeverArrivesBeforeItLeft) {
  const Sent sent = send({.delay = 1ms, .jitter = 10ms}, 5, 10'000, 1ms);
  EXPECT_GE(std::ranges::min(sent.took), 0ms);
  EXPECT_TRUE(std::ranges::is_sorted(sent.arrived));
}

TEST(LinkModel, Duplicates) {
  const Sent sent = send({.duplicate = 0.05}, 3, k_packets, 1us);
  const double copies = static_cast<double>(sent.arrived.size()) - k_packets;
  EXPECT_NEAR(copies / k_packets, 0.05, 0.003);
  EXPECT_EQ(sent.totals.duplicated_packets, sent.arrived.size() - k_packets);
}

TEST(LinkModel, ReordersTheShareThatWasAsked) {
  const Sent sent = send({.delay = 20ms, .reorder = 0.1, .reorder_by = 5ms}, 3, k_packets, 1ms);
  const auto late = std::ranges::count(sent.took, Duration(25ms));
  EXPECT_NEAR(static_cast<double>(late) / k_packets, 0.1, 0.005);
  EXPECT_EQ(static_cast<std::uint64_t>(late), sent.totals.reordered_packets);
  EXPECT_FALSE(std::ranges::is_sorted(sent.arrived));
}

TEST(LinkModel, SendsAtItsRate) {
  // 1,500 bytes at 100 Mbit/s take 120 µs; they come twice as fast as that.
  const Sent sent =
      send({.rate_bits_per_second = 100'000'000, .queue_packets = 1'000'000}, 1, 10'000, 60us);
  EXPECT_EQ(sent.arrived.front(), 120us);
  EXPECT_EQ(sent.arrived.back(), 10'000 * 120us);
  // A rate that is no whole number of nanoseconds a packet loses nothing by rounding.
  const Sent odd =
      send({.rate_bits_per_second = 7'000'000'000, .queue_packets = 1'000'000}, 1, 70'000, 0us);
  EXPECT_NEAR(static_cast<double>(odd.arrived.back().count()), 120e6, 1);
}

TEST(LinkModel, AnIdleLinkSavesNothingUp) {
  LinkModel model({.rate_bits_per_second = 12'000'000}, 1);  // 1 ms a packet
  EXPECT_EQ(model.pass(Instant(0s), k_bytes).at[0], Instant(1ms));
  EXPECT_EQ(model.pass(Instant(10s), k_bytes).at[0], Instant(10s + 1ms));
  EXPECT_EQ(model.pass(Instant(10s), k_bytes).at[0], Instant(10s + 2ms));
}

TEST(LinkModel, DropsWhatTheQueueHasNoRoomFor) {
  LinkModel model({.rate_bits_per_second = 12'000'000, .queue_packets = 3}, 1);
  int delivered = 0;
  for (int i = 0; i < 10; ++i) delivered += model.pass(Instant(0s), k_bytes).count;
  EXPECT_EQ(delivered, 4);  // one is being sent, three wait
  EXPECT_EQ(model.totals().dropped_packets, 6U);
  EXPECT_EQ(model.pass(Instant(1ms), k_bytes).count, 1);  // one has left
  EXPECT_EQ(model.pass(Instant(1ms), k_bytes).count, 0);
}

TEST(Impairment, IsChecked) {
  EXPECT_TRUE(check({}));
  EXPECT_TRUE(check({.loss = 0.5, .burst_packets = 1}));
  EXPECT_FALSE(check({.loss = 0.6, .burst_packets = 1}));
  EXPECT_FALSE(check({.loss = 0.5, .burst_packets = 10, .burst_loss = 0.5}));
  EXPECT_FALSE(check({.loss = 0.1, .burst_packets = 0.5}));
  EXPECT_FALSE(check({.loss = 0.1, .burst_packets = 2, .burst_loss = 0}));
  EXPECT_FALSE(check({.loss = -0.1}));
  EXPECT_FALSE(check({.loss = 1.1}));
  EXPECT_FALSE(check({.delay = -1ms}));
  EXPECT_FALSE(check({.queue_packets = 0}));
}

}  // namespace
}  // namespace patchbay
