#include "patchbay/tools/bench_histogram.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

namespace patchbay {

// Below 128 each value has its bucket. Above, the leading bit chooses a row of 128 buckets and the
// seven bits behind it the bucket.
std::size_t Histogram::bucket_of(std::uint64_t value) {
  if (value < k_exact) return value;
  const int row = static_cast<int>(std::bit_width(value)) - 1 - k_exact_bits;
  return static_cast<std::size_t>(row) * k_exact + (value >> row);
}

std::uint64_t Histogram::middle_of(std::size_t bucket) {
  if (bucket < 2 * k_exact) return bucket;
  const std::size_t row = bucket / k_exact - 1;
  const std::uint64_t low = (bucket - row * k_exact) << row;
  return low + (std::uint64_t{1} << row) / 2;
}

void Histogram::record(Duration value) {
  const auto ns = static_cast<std::uint64_t>(std::max<Duration::rep>(value.count(), 0));
  constexpr std::uint64_t highest = (std::uint64_t{1} << k_value_bits) - 1;
  ++counts_[bucket_of(std::min(ns, highest))];
  ++count_;
  min_ = std::min(min_, ns);
  max_ = std::max(max_, ns);
  sum_ += static_cast<double>(ns);
}

void Histogram::merge(const Histogram& other) {
  for (std::size_t i = 0; i < k_buckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
  sum_ += other.sum_;
}

double Histogram::mean_ns() const { return count_ == 0 ? 0 : sum_ / static_cast<double>(count_); }

Duration Histogram::percentile(double share) const {
  if (count_ == 0) return {};
  const double exact = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count_));
  const auto rank = std::max<std::uint64_t>(static_cast<std::uint64_t>(exact), 1);
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < k_buckets; ++bucket) {
    seen += counts_[bucket];
    if (seen >= rank) return Duration(std::clamp(middle_of(bucket), min_, max_));
  }
  return max();
}

}  // namespace patchbay
