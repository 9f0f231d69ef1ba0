#include "patchbay/net/buffer_pool.hpp"

#include <new>

namespace patchbay {

namespace {

// Free blocks kept for later, of each size; what is over goes back to the system.
constexpr std::size_t k_keep = 32;

std::byte* allocate(std::size_t size) { return static_cast<std::byte*>(::operator new(size)); }

}  // namespace

BufferPool::~BufferPool() {
  for (std::byte* block : large_) ::operator delete(block);
  for (std::byte* block : small_) ::operator delete(block);
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
    ::operator delete(block.data);
  }
}

}  // namespace patchbay
