// Much of the same kind, so many at a time.
#pragma once

#include <cstddef>
#include <functional>

#include "patchbay/net/task.hpp"

namespace patchbay {

// Runs one(index) for each index below `count`, in their order: `at_a_time` of them at once, but at
// least one, and the next when one has ended. After a cancel no other begins. Ends when none runs.
Task<> work_through(std::size_t count, std::size_t at_a_time,
                    std::function<Task<>(std::size_t index)> one);

}  // namespace patchbay
