// BlockPool: blocks of a few words, by their numbers, that come and go one at a time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

namespace patchbay {

// Grows by some kilobytes at a time and moves no block, so growing takes no second copy for a
// moment. What was given back is taken again first.
template <std::size_t Words>
class BlockPool {
 public:
  using Block = std::array<std::uint64_t, Words>;
  // Beyond these it is out of memory: std::bad_alloc.
  static constexpr std::uint32_t k_most = 1U << 28;

  // The number of a block whose words are 0.
  std::uint32_t take() {
    if (free_ != k_none) {
      const std::uint32_t number = free_;
      free_ = static_cast<std::uint32_t>((*this)[number].front());
      (*this)[number] = {};
      return number;
    }
    if (made_ == k_most) throw std::bad_alloc();
    if (made_ % k_segment == 0) segments_.emplace_back(k_segment);
    return made_++;
  }
  void give_back(std::uint32_t number) {
    (*this)[number].front() = free_;  // the next one that is free
    free_ = number;
  }

  Block& operator[](std::uint32_t number) {
    return segments_[number / k_segment][number % k_segment];
  }
  const Block& operator[](std::uint32_t number) const {
    return segments_[number / k_segment][number % k_segment];
  }

  std::size_t bytes() const {  // of memory
    return segments_.size() * k_segment * sizeof(Block) +
           segments_.capacity() * sizeof(std::vector<Block>);
  }

 private:
  static constexpr std::uint32_t k_segment = 256;  // blocks
  static constexpr std::uint32_t k_none = UINT32_MAX;

  std::vector<std::vector<Block>> segments_;
  std::uint32_t made_ = 0;
  std::uint32_t free_ = k_none;
};

}  // namespace patchbay
