#include "patchbay/net/frame_pool.hpp"

#include <new>
#include <utility>

namespace patchbay {

namespace {

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define PATCHBAY_FRESH_FRAMES 1
#endif
#endif

constexpr std::size_t k_step = 64;       // size classes, bytes
constexpr std::size_t k_largest = 2048;  // larger frames are rare and go to malloc

struct FreeFrame {
  FreeFrame* next;
};

struct Classes {
  std::array<FreeFrame*, k_largest / k_step + 1> free{};

  ~Classes() {
    for (FreeFrame*& list : free) {
      while (list != nullptr) ::operator delete(std::exchange(list, list->next));
    }
  }
};

thread_local Classes t_classes;

}  // namespace

void* FramePool::allocate(std::size_t size) {
#ifndef PATCHBAY_FRESH_FRAMES
  if (size <= k_largest) {
    const std::size_t index = (size + k_step - 1) / k_step;
    FreeFrame*& list = t_classes.free[index];
    if (list != nullptr) return std::exchange(list, list->next);
    return ::operator new(index * k_step);
  }
#endif
  return ::operator new(size);
}

void FramePool::release(void* frame, [[maybe_unused]] std::size_t size) {
#ifndef PATCHBAY_FRESH_FRAMES
  if (size <= k_largest) {
    FreeFrame*& list = t_classes.free[(size + k_step - 1) / k_step];
    list = new (frame) FreeFrame{list};
    return;
  }
#endif
  ::operator delete(frame);
}

}  // namespace patchbay
