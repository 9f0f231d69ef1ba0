// ScanProbe: what is to be asked next.
#pragma once

#include <cstdint>

#include "patchbay/tools/scan/scan_plan.hpp"

namespace patchbay {

struct ScanProbe {
  ScanTarget target = 0;
  std::uint8_t attempt = 1;  // 1 to ScanPace::most_tries, and one more for a canary
  bool canary = false;       // to a target that has answered, in order to measure loss
};

}  // namespace patchbay
