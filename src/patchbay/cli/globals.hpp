// The flags that every command has, and what follows from them for the output.
#pragma once

#include "patchbay/cli/process.hpp"
#include "patchbay/tools/command.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

enum class ColorWhen { automatic, always, never };

struct Globals {
  bool json = false;
  bool stats = false;
  int verbose = 0;
  bool quiet = false;
  ColorWhen color = ColorWhen::automatic;
  bool help = false;
  bool version = false;
};

// Declares them on the root of the tree. --help and --version are answered before any field is set;
// they are declared for the texts.
void declare_globals(Command& root, Globals& globals);

// Whether one stream is coloured: --color always|never, then NO_COLOR, then CLICOLOR_FORCE, then a
// terminal that is not dumb.
bool wants_color(ColorWhen when, const Process& process, bool is_terminal);

OutputOptions output_options(const Globals& globals, const Process& process);

}  // namespace patchbay
