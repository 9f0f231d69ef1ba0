#include "patchbay/tools/scan/run/scan_order.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace patchbay {
namespace {

std::vector<std::uint64_t> all_of(ScanOrder& order) {
  std::vector<std::uint64_t> numbers;
  while (const auto number = order.next()) numbers.push_back(*number);
  return numbers;
}

std::vector<std::uint64_t> first_numbers(std::uint64_t count) {
  std::vector<std::uint64_t> numbers(count);
  for (std::uint64_t i = 0; i < count; ++i) numbers[i] = i;
  return numbers;
}

TEST(ScanOrder, PassesEveryNumberOnce) {
  for (const unsigned count :
       {0U, 1U, 2U, 3U, 4U, 5U, 6U, 7U, 10U, 100U, 4096U, 65'535U, 65'536U}) {
    ScanOrder order(count, 7);
    auto numbers = all_of(order);
    EXPECT_EQ(order.size(), count);
    std::ranges::sort(numbers);
    EXPECT_EQ(numbers, first_numbers(count)) << count;
  }
}

TEST(ScanOrder, IsTheSeeds) {
  ScanOrder one(1000, 1);
  ScanOrder again(1000, 1);
  ScanOrder other(1000, 2);
  const auto numbers = all_of(one);
  EXPECT_EQ(all_of(again), numbers);
  EXPECT_NE(all_of(other), numbers);
  EXPECT_FALSE(std::ranges::is_sorted(numbers));
  one.rewind();
  EXPECT_EQ(all_of(one), numbers);
}

TEST(ScanOrder, ShardsAreDisjointAndComplete) {
  for (const std::uint32_t shards : {1U, 2U, 7U, 100U}) {
    std::vector<std::uint64_t> together;
    for (std::uint32_t shard = 0; shard < shards; ++shard) {
      ScanOrder order(1000, 3, shard, shards);
      const auto numbers = all_of(order);
      EXPECT_EQ(order.size(), numbers.size());
      together.insert(together.end(), numbers.begin(), numbers.end());
    }
    std::ranges::sort(together);
    EXPECT_EQ(together, first_numbers(1000)) << shards;
  }
}

// Steps are taken in another way than powers.
TEST(ScanOrder, ManyStepsAreOnePower) {
  for (const std::uint64_t count : {std::uint64_t{1} << 40, std::uint64_t{4'294'967'291}}) {
    ScanOrder steps(count, 11);
    ScanOrder power(count, 11);
    for (int i = 0; i < 10'000; ++i) steps.next();
    power.go_to(steps.steps_taken());
    EXPECT_EQ(steps.next(), power.next()) << count;
  }
}

TEST(ScanOrder, GoesOnWhereItStood) {
  ScanOrder order(5000, 11, 1, 3);
  for (int i = 0; i < 700; ++i) ASSERT_TRUE(order.next());
  ScanOrder resumed(5000, 11, 1, 3);
  resumed.go_to(order.steps_taken());
  EXPECT_EQ(all_of(resumed), all_of(order));
}

// Neighbours in number must not be neighbours in time: a host that is asked for one port after the
// other sees the others of its network in between.
TEST(ScanOrder, LargeCountsAreSpread) {
  ScanOrder order(std::uint64_t{1} << 40, 5);
  std::uint64_t upper = 0;
  for (int i = 0; i < 1000; ++i) upper += *order.next() >> 39;
  EXPECT_GT(upper, 400U);
  EXPECT_LT(upper, 600U);
}

}  // namespace
}  // namespace patchbay
