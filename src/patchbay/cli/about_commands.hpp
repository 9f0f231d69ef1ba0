// The commands that tell about the program: help, completion, man.
#pragma once

#include "patchbay/cli/app.hpp"

namespace patchbay {

void declare_help(Command& root, const Surroundings& about);
void declare_completion(Command& root, const Surroundings& about);
void declare_man(Command& root, const Surroundings& about);

// How wide help is set: the terminal's width, but never beyond what reads well.
std::size_t page_columns(const Process& process);

}  // namespace patchbay
