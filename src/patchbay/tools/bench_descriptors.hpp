// Whether this process can hold so many sockets.
#pragma once

#include <cstdint>
#include <expected>

#include "patchbay/tools/outcome.hpp"

namespace patchbay {

inline constexpr std::uint64_t k_descriptors_of_a_loop = 4;  // epoll, wake-up, timer, signals

// Raises the soft limit of descriptors (RLIMIT_NOFILE) to the hard one where that is needed for
// `connections` and `others` more than are open now. The failure says by how much the hard limit is
// too small and which command raises it; nothing has been opened then.
std::expected<void, Failure> reserve_descriptors(std::uint64_t connections, std::uint64_t others);

}  // namespace patchbay
