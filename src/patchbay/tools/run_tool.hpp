// How a command runs its task: on a loop or several, with what --stats asks for at the end.
#pragma once

#include <functional>

#include "patchbay/net/engine.hpp"
#include "patchbay/net/run.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

// Runs `main` on a loop and returns the code to exit with: that of the task, or exit_interrupted
// when a signal ended it. What the loop has to say becomes a warning, whatever `options` say about
// notices; --stats prints its counters.
int run_tool(Task<int> main, Output& out, LoopOptions options = {});

// Likewise make(0) … make(count-1), each on a loop and a thread of its own, as run_on_threads does.
Result<RunResult> run_tool_on_threads(unsigned count, std::function<Task<int>(unsigned)> make,
                                      Output& out);

// With --stats: what loop `index` of `threads` did. For a tool that runs its loops by itself.
void print_counters(Output& out, const Counters& counters, unsigned index, unsigned threads);

}  // namespace patchbay
