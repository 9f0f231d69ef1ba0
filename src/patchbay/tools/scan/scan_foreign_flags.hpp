// Flags of nmap and masscan that `patchbay scan` has not, and what it has instead.
#pragma once

#include "patchbay/tools/command.hpp"

namespace patchbay {

void declare_foreign_flags(Command& scan);

}  // namespace patchbay
