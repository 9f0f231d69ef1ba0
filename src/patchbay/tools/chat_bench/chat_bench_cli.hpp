// What the command line knows of this tool.
#pragma once

#include "patchbay/tools/command.hpp"

namespace patchbay {

// Adds `chat` to the group `bench`, which must be there already.
void declare_bench_chat(Command& patchbay);

}  // namespace patchbay
