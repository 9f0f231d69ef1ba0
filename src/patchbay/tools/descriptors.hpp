// Descriptors: how many this process has open, and how many it may have.
#pragma once

#include <cstdint>

namespace patchbay {

// Without /proc a guess that is more than is usual.
std::uint64_t open_descriptors();

// Raises the soft limit (RLIMIT_NOFILE), which is low for the sake of programs that use select(2),
// to the hard one, and returns the limit that holds now. Where raising is forbidden, the lower
// limit is what there is.
std::uint64_t raise_descriptor_limit();

}  // namespace patchbay
