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

constexpr std::size_t k_largest = 2048;  // larger frames are rare and go to malloc

// The size classes are those of malloc itself, which adds a word of its own and fills up to 16
// bytes: nothing is lost between them.
constexpr std::size_t k_step = 16;
constexpr std::size_t k_word = 8;
[[maybe_unused]] constexpr std::size_t class_of(std::size_t size) {
  return (size + k_word + k_step - 1) / k_step;
}
[[maybe_unused]] constexpr std::size_t bytes_of(std::size_t size_class) {
  return size_class * k_step - k_word;
}

struct FreeFrame {
  FreeFrame* next;
};

struct Classes {
  std::array<FreeFrame*, class_of(k_largest) + 1> free{};

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
    FreeFrame*& list = t_classes.free[class_of(size)];
    if (list != nullptr) return std::exchange(list, list->next);
    return ::operator new(bytes_of(class_of(size)));
  }
#endif
  return ::operator new(size);
}

void FramePool::release(void* frame, [[maybe_unused]] std::size_t size) {
#ifndef PATCHBAY_FRESH_FRAMES
  if (size <= k_largest) {
    FreeFrame*& list = t_classes.free[class_of(size)];
    list = new (frame) FreeFrame{list};
    return;
  }
#endif
  ::operator delete(frame);
}

}  // namespace patchbay
