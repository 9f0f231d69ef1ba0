// Frames of coroutines, recycled per thread: a task that is spawned, run and joined costs no
// malloc.
#pragma once

#include <array>
#include <cstddef>

namespace patchbay {

// Under a sanitizer every frame is a fresh allocation, since recycling would hide a use after free.
class FramePool {
 public:
  static void* allocate(std::size_t size);
  static void release(void* frame, std::size_t size);
};

}  // namespace patchbay
