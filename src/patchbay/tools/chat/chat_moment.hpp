// A moment as people write it on a command line: "1h", "2026-03-01 14:30".
#pragma once

#include <string_view>

#include "patchbay/base/result.hpp"
#include "patchbay/tools/record.hpp"

namespace patchbay {

// "90m" or "2d" is so long before `now`. A date may have a time behind a blank or a T, with seconds
// and a fraction of them, and behind that a zone, Z or +02:00; without one all are UTC. The year is
// 1970 to 9999. Fault::protocol for what is no moment.
Result<WallTime> parse_moment(std::string_view text, WallTime now);

}  // namespace patchbay
