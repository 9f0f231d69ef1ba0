// The command line as a whole: from the words that the shell gave to an exit code.
#pragma once

#include <span>

#include "patchbay/cli/globals.hpp"
#include "patchbay/cli/process.hpp"
#include "patchbay/tools/command.hpp"

namespace patchbay {

using Declare = void (*)(Command& patchbay);

// What the commands that tell about the others (help, man, completion, config) need to know.
struct Surroundings {
  const Process& process;
  Command& root;
  std::string_view version;
};

// Declares the tools, finds the command, sets its flags, runs it. Never throws; returns the exit
// code.
int run_patchbay(const Process& process, std::span<const Declare> tools);

// The whole tree: tools in the order given, then the commands about the program itself. `globals`,
// `process` and `root` must outlive it.
void declare_all(Command& root, Globals& globals, const Process& process,
                 std::span<const Declare> tools);

// "0.1.0"
std::string_view program_version();

}  // namespace patchbay
