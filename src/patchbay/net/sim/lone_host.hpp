// A loop that is all there is in a simulated world of its own: what the conformance tests run on.
#pragma once

#include <memory>

#include "patchbay/net/loop.hpp"

namespace patchbay::sim {

// Its host has the loopback, and 192.0.2.1/24 and fd00:2::1/64 on a link with nobody else. The
// clock jumps while the loop waits. The date is today's, since such a loop is there for tests that
// also meet files of today, such as certificates.
Result<std::unique_ptr<Loop>> make_lone_loop(LoopOptions options);

}  // namespace patchbay::sim
