// The commands of this tool: lab link and lab run.
#pragma once

#include "patchbay/tools/command.hpp"

namespace patchbay {

void declare_lab(Command& patchbay);

void declare_lab_link(Command& lab);
void declare_lab_run(Command& lab);

}  // namespace patchbay
