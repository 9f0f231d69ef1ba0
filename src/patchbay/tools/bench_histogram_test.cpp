#include "patchbay/tools/bench_histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace patchbay {
namespace {

constexpr double k_shares[] = {0, 0.001, 0.01, 0.5, 0.9, 0.99, 0.999, 0.9999, 1};

Duration exact_percentile(const std::vector<Duration>& sorted, double share) {
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

void expect_close(std::vector<Duration> values) {
  Histogram histogram;
  for (const Duration value : values) histogram.record(value);
  std::ranges::sort(values);
  for (const double share : k_shares) {
    const auto exact = static_cast<double>(exact_percentile(values, share).count());
    const auto found = static_cast<double>(histogram.percentile(share).count());
    EXPECT_LE(std::abs(found - exact), exact / 256) << "at " << share << " of " << values.size();
  }
  EXPECT_EQ(histogram.count(), values.size());
  EXPECT_EQ(histogram.min(), values.front());
  EXPECT_EQ(histogram.max(), values.back());
}

TEST(Histogram, PercentilesAreWithinAPercentOfExactOnes) {
  std::mt19937_64 random(1);
  std::uniform_int_distribution<std::int64_t> even(0, 10'000'000);
  std::lognormal_distribution<double> long_tailed(11, 2);
  for (const int size : {1, 2, 3, 10, 100, 12'345}) {
    std::vector<Duration> a;
    std::vector<Duration> b;
    for (int i = 0; i < size; ++i) {
      a.emplace_back(even(random));
      b.emplace_back(static_cast<std::int64_t>(long_tailed(random)));
    }
    expect_close(a);
    expect_close(b);
  }
}

TEST(Histogram, EveryEdgeOfABucketIsWithinItsError) {
  for (int bit = 0; bit < 42; ++bit) {
    for (const std::int64_t step : {-1, 0, 1}) {
      const std::int64_t value = std::max<std::int64_t>((std::int64_t{1} << bit) + step, 0);
      Histogram histogram;
      histogram.record(Duration(0));  // so that neither min() nor max() helps
      histogram.record(Duration(value));
      histogram.record(1h * 24);
      const std::int64_t found = histogram.percentile(0.5).count();
      EXPECT_LE(std::abs(found - value), value / 256 + (value < 256 ? 0 : 1)) << value;
    }
  }
}

TEST(Histogram, SmallValuesAreExact) {
  for (int value = 0; value < 256; ++value) {
    Histogram histogram;
    histogram.record(Duration(0));
    histogram.record(Duration(value));
    histogram.record(Duration(1000));
    EXPECT_EQ(histogram.percentile(0.5), Duration(value));
  }
}

TEST(Histogram, IsZeroWhenEmpty) {
  const Histogram histogram;
  EXPECT_EQ(histogram.percentile(0.5), Duration{});
  EXPECT_EQ(histogram.min(), Duration{});
  EXPECT_EQ(histogram.max(), Duration{});
  EXPECT_EQ(histogram.mean_ns(), 0);
}

TEST(Histogram, WhatIsBeyondItsRangeIsKeptAsTheLargest) {
  Histogram histogram;
  histogram.record(24h);
  histogram.record(-1s);  // a clock that went back counts as no time
  EXPECT_EQ(histogram.max(), 24h);
  EXPECT_EQ(histogram.min(), 0s);
  EXPECT_EQ(histogram.percentile(0.5), 0s);
  EXPECT_GT(histogram.percentile(1), 1h);
}

TEST(Histogram, MergedIsTheSameAsRecordedTogether) {
  std::mt19937_64 random(2);
  std::uniform_int_distribution<std::int64_t> even(1, 1'000'000'000);
  Histogram together;
  Histogram a;
  Histogram b;
  for (int i = 0; i < 1000; ++i) {
    const Duration value(even(random));
    together.record(value);
    (i % 3 == 0 ? a : b).record(value);
  }
  a.merge(b);
  EXPECT_EQ(a.count(), together.count());
  EXPECT_EQ(a.min(), together.min());
  EXPECT_EQ(a.max(), together.max());
  EXPECT_DOUBLE_EQ(a.mean_ns(), together.mean_ns());
  for (const double share : k_shares) EXPECT_EQ(a.percentile(share), together.percentile(share));
}

}  // namespace
}  // namespace patchbay
