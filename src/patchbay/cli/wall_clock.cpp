#include "patchbay/cli/wall_clock.hpp"

#include <ctime>

namespace patchbay {

WallTime wall_clock() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  return WallTime(
      std::chrono::seconds(now.tv_sec) +
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::nanoseconds(now.tv_nsec)));
}

}  // namespace patchbay
