// `patchbay subnet`: what networks are, and how to part them. Sends nothing.
#pragma once

#include "patchbay/tools/command.hpp"

namespace patchbay {

void declare_subnet(Command& patchbay);

}  // namespace patchbay
