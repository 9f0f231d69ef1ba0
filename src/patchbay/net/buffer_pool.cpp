#include "patchbay/net/buffer_pool.hpp"

#include <new>

namespace patchbay {

namespace {

// Free blocks kept for later, of each size; what is over goes back to the system.
constexpr std::size_t k_keep = 32;

// A whole page: what the kernel copies to a block that begins just anywhere takes 4 % more of a
// processor (16 KiB messages, 11 paired rounds).
constexpr std::align_val_t k_alignment{4096};

std::byte* allocate(std::size_t size) {
  return static_cast<std::byte*>(::operator new(size, k_alignment));
}

void release(std::byte* block) { ::operator delete(block, k_alignment); }

}  // namespace

BufferPool::~BufferPool() {
  for (std::byte* block : large_) release(block);
  for (std::byte* block : small_) release(block);
}

BufferPool::Block BufferPool::lend() {
  const bool large = lent_ < k_many_out;
  const std::size_t size = large ? k_large_bytes : k_small_bytes;
  std::vector<std::byte*>& free = large ? large_ : small_;
  ++lent_;
  if (free.empty()) return {allocate(size), size};
  std::byte* const block = free.back();
  free.pop_back();
  return {block, size};
}

void BufferPool::give_back(Block block) {
  --lent_;
  std::vector<std::byte*>& free = block.size == k_large_bytes ? large_ : small_;
  if (free.size() < k_keep) {
    free.push_back(block.data);
  } else {
    release(block.data);
  }
}

}  // namespace patchbay
