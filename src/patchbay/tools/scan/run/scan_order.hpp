// ScanOrder: every number below a count, once, in an order that looks like chance.
#pragma once

#include <cstdint>
#include <optional>

namespace patchbay {

// The powers of a generator modulo a prime just above the count pass each number exactly once. The
// order is the seed's; a step is one multiplication, and nothing is remembered but where it stands.
//
// Shards part the powers by their exponents: shard k of n takes every n-th from the k-th on, so
// those of one seed are disjoint and together complete.
class ScanOrder {
 public:
  // `count` is at most 2^40, `shard` < `shards`.
  ScanOrder(std::uint64_t count, std::uint64_t seed, std::uint32_t shard = 0,
            std::uint32_t shards = 1);

  // The next number; nothing after the last.
  std::optional<std::uint64_t> next();
  void rewind();
  // How many numbers of this shard there are: counts them, at the first time, unless it is alone.
  std::uint64_t size() const;

  // Where it stands, for a file: pass it to go_to() of an order that was made alike.
  std::uint64_t steps_taken() const { return steps_taken_; }
  void go_to(std::uint64_t steps);

 private:
  std::uint64_t stepped(std::uint64_t element) const;
  std::uint64_t times(std::uint64_t a, std::uint64_t b) const;
  std::uint64_t power(std::uint64_t base, std::uint64_t exponent) const;

  std::uint64_t count_;
  std::uint64_t prime_;
  std::uint64_t start_;
  std::uint64_t step_;
  std::uint64_t step_share_;  // of the prime, in parts of 2^64
  std::uint64_t steps_;       // of this shard
  std::uint64_t steps_taken_ = 0;
  std::uint64_t element_;
  std::uint32_t shards_;
};

}  // namespace patchbay
