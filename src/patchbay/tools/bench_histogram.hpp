// Histogram: durations in buckets whose width grows with the value, as HdrHistogram keeps them.
// Recording costs a few instructions whatever the value is.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "patchbay/base/time.hpp"

namespace patchbay {

// 128 buckets for every power of two: what is read back is at most 1/256 (0.4 %) off the recorded
// value. Takes zero to 2^42 ns (73 minutes); what is longer counts as that, but max() knows better.
class Histogram {
 public:
  void record(Duration value);
  void merge(const Histogram& other);

  std::uint64_t count() const { return count_; }
  Duration min() const { return count_ == 0 ? Duration{} : Duration(min_); }
  Duration max() const { return Duration(max_); }
  double mean_ns() const;

  // The smallest value that at least `share` (0 to 1) of all values do not exceed: the nearest-rank
  // percentile. Zero when nothing was recorded; never outside of min() and max().
  Duration percentile(double share) const;

 private:
  static constexpr int k_exact_bits = 7;
  static constexpr int k_value_bits = 42;
  static constexpr std::size_t k_exact = std::size_t{1} << k_exact_bits;
  static constexpr std::size_t k_buckets = k_exact * (k_value_bits - k_exact_bits + 1);

  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t middle_of(std::size_t bucket);

  std::array<std::uint64_t, k_buckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t min_ = ~std::uint64_t{0};
  std::uint64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace patchbay
