// How the loops of a server run, each on a thread of its own.
#pragma once

#include <functional>

#include "patchbay/net/run.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

struct ServeLoops {
  unsigned threads = 1;
  // One of the loops waits for SIGHUP, to read again what can be read again. Without, that signal
  // ends the process, as it does any other.
  bool takes_hangup = false;
};

// Runs make(0) … make(threads - 1) as run_tool_on_threads() does, with as many descriptors as this
// process may have without asking. SIGHUP stays blocked in this thread, if it is taken.
Result<RunResult> run_server_loops(ServeLoops loops, std::function<Task<int>(unsigned)> make,
                                   Output& out);

}  // namespace patchbay
