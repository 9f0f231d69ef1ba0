// A loop that is all there is in a simulated world of its own: what the conformance tests run on.
#pragma once

#include <memory>

#include "patchbay/net/loop.hpp"

namespace patchbay::sim {

// Its host has the loopback and nothing else. The clock jumps while the loop waits.
Result<std::unique_ptr<Loop>> make_lone_loop(LoopOptions options);

}  // namespace patchbay::sim
