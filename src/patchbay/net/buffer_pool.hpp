// BufferPool: the buffers that receive() lends. A connection that waits for data holds none.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

namespace patchbay {

// Blocks are large while few are out, which saves system calls, and small when many are: peers that
// make their server hold on to data, by never reading an answer, then cost it little.
class BufferPool {
 public:
  static constexpr std::size_t k_large_bytes = 64 * 1024;
  static constexpr std::size_t k_small_bytes = 4 * 1024;
  static constexpr std::size_t k_many_out = 128;  // from here on only small blocks are lent

  struct Block {
    std::byte* data = nullptr;
    std::size_t size = 0;
  };

  BufferPool() = default;
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  Block lend();
  void give_back(Block block);
  std::size_t lent() const { return lent_; }

 private:
  std::vector<std::byte*> large_;
  std::vector<std::byte*> small_;
  std::size_t lent_ = 0;
};

// Received bytes in a buffer on loan; it goes back when the lease ends. Empty: the peer has ended.
// A lease belongs to the loop it came from and must end before that does.
class Lease {
 public:
  Lease() = default;
  Lease(BufferPool& pool, BufferPool::Block block, std::size_t filled)
      : pool_(&pool), block_(block), filled_(filled) {}
  Lease(Lease&& other) noexcept
      : pool_(std::exchange(other.pool_, nullptr)),
        block_(other.block_),
        filled_(std::exchange(other.filled_, 0)) {}
  Lease& operator=(Lease&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(block_, other.block_);
    std::swap(filled_, other.filled_);
    return *this;
  }
  ~Lease() {
    if (pool_ != nullptr) pool_->give_back(block_);
  }

  bool empty() const { return filled_ == 0; }
  std::size_t size() const { return filled_; }
  std::span<const std::byte> bytes() const { return {block_.data, filled_}; }
  std::span<std::byte> bytes() { return {block_.data, filled_}; }
  std::string_view text() const { return {reinterpret_cast<const char*>(block_.data), filled_}; }

 private:
  BufferPool* pool_ = nullptr;
  BufferPool::Block block_;
  std::size_t filled_ = 0;
};

}  // namespace patchbay
