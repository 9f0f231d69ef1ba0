// `patchbay config show|path|check`: what is set, where, and whether it is right.
#pragma once

#include "patchbay/cli/app.hpp"

namespace patchbay {

void declare_config(Command& root, const Surroundings& about);

}  // namespace patchbay
