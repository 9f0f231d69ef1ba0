// The list of the tools: the only place that names them all.
#pragma once

#include <span>

#include "patchbay/cli/app.hpp"

namespace patchbay {

// In the order of the map that `patchbay` prints.
std::span<const Declare> all_tools();

}  // namespace patchbay
