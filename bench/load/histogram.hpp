// Latencies in buckets whose width grows with the value, as HdrHistogram does it: 64 buckets for
// every power of two, so a percentile is at most 1.6 % too high, and recording costs a few
// instructions whatever the value is.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace load {

class Histogram {
 public:
  void record(std::int64_t latency_ns) {
    const auto value = static_cast<std::uint64_t>(std::max<std::int64_t>(latency_ns, 0));
    ++counts_[bucket_of(std::min(value, k_highest_ns))];
    ++total_;
    max_ns_ = std::max(max_ns_, value);
  }

  // The upper edge, in microseconds, of the bucket that holds this share (0..1) of the values;
  // never more than the largest value seen. 0 when nothing was recorded.
  double percentile_us(double share) const {
    const auto rank = static_cast<std::uint64_t>(share * static_cast<double>(total_));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < counts_.size(); ++bucket) {
      seen += counts_[bucket];
      if (seen > rank || (seen == total_ && seen > 0)) {
        return static_cast<double>(std::min(upper_edge_ns(bucket), max_ns_)) / 1000.0;
      }
    }
    return 0;
  }

  double max_us() const { return static_cast<double>(max_ns_) / 1000.0; }

 private:
  static constexpr int k_fine_bits = 6;
  static constexpr std::uint64_t k_fine = 1U << k_fine_bits;
  static constexpr std::uint64_t k_highest_ns = (1ULL << 40) - 1;  // 18 minutes

  // Values below 64 have a bucket each; above, the leading 7 bits of the value name the bucket.
  static constexpr std::size_t bucket_of(std::uint64_t value) {
    if (value < k_fine) return value;
    const int shift = static_cast<int>(std::bit_width(value)) - 1 - k_fine_bits;
    return static_cast<std::size_t>(shift) * k_fine + (value >> shift);
  }

  static constexpr std::uint64_t upper_edge_ns(std::size_t bucket) {
    if (bucket < k_fine) return bucket;
    const std::size_t shift = bucket / k_fine - 1;
    return ((bucket % k_fine + k_fine + 1) << shift) - 1;
  }

  std::array<std::uint64_t, (40 - k_fine_bits + 1) * k_fine> counts_{};
  std::uint64_t total_ = 0;
  std::uint64_t max_ns_ = 0;
};

}  // namespace load
