// ByteQueue: a stream's bytes on their way, a ring that grows to what it has to hold.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>

namespace patchbay::sim {

class ByteQueue {
 public:
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  void append(std::span<const std::byte> bytes) {
    if (bytes.empty()) return;
    if (size_ + bytes.size() > capacity_) grow(size_ + bytes.size());
    const std::size_t begin = (first_ + size_) & (capacity_ - 1);
    const std::size_t until_end = std::min(bytes.size(), capacity_ - begin);
    std::memcpy(&ring_[begin], bytes.data(), until_end);
    std::memcpy(&ring_[0], bytes.data() + until_end, bytes.size() - until_end);
    size_ += bytes.size();
  }

  // Copies out what begins `offset` bytes behind the front; all of it must be there.
  void peek(std::size_t offset, std::span<std::byte> into) const {
    if (into.empty()) return;
    const std::size_t begin = (first_ + offset) & (capacity_ - 1);
    const std::size_t until_end = std::min(into.size(), capacity_ - begin);
    std::memcpy(into.data(), &ring_[begin], until_end);
    std::memcpy(into.data() + until_end, &ring_[0], into.size() - until_end);
  }

  void drop(std::size_t count) {
    size_ -= count;
    first_ = size_ == 0 ? 0 : (first_ + count) & (capacity_ - 1);
  }

  // As many bytes as there are and fit.
  std::size_t take(std::span<std::byte> into) {
    const std::size_t count = std::min(size_, into.size());
    peek(0, into.first(count));
    drop(count);
    return count;
  }

  void clear() { *this = ByteQueue(); }

 private:
  static constexpr std::size_t k_least_bytes = 1024;

  void grow(std::size_t needed) {
    const std::size_t capacity = std::bit_ceil(std::max(needed, k_least_bytes));
    auto ring = std::make_unique_for_overwrite<std::byte[]>(capacity);
    peek(0, std::span(ring.get(), size_));
    ring_ = std::move(ring);
    capacity_ = capacity;
    first_ = 0;
  }

  std::unique_ptr<std::byte[]> ring_;
  std::size_t capacity_ = 0;  // a power of two
  std::size_t first_ = 0;
  std::size_t size_ = 0;
};

}  // namespace patchbay::sim
