// `patchbay scan`: which ports of which hosts are open, and what serves there.
#pragma once

#include "patchbay/tools/command.hpp"

namespace patchbay {

void declare_scan(Command& patchbay);

}  // namespace patchbay
