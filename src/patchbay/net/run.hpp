// From main() into a loop: one task, or the same task on several threads, until it ends or a signal
// asks it to.
#pragma once

#include <functional>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

struct RunResult {
  int value = 0;   // what the task returned
  int signal = 0;  // the signal that cut it short (SIGINT, SIGTERM), or 0
};

// Runs `main` on an epoll loop of this thread. The first SIGINT or SIGTERM cancels it, so that it
// can end in order; the second ends the process at once. SIGPIPE is ignored. Fails when there is no
// loop to be had.
Result<RunResult> run(Task<int> main, LoopOptions options = {});

// The whole of a small program's main(): `return run_main(serve());`. Runs `main` as above and
// returns what main() is to return: the task's value; 128 + the signal that cut it short, as a
// shell counts; 1 after an error, whose three parts go to stderr. What a signal cancelled is no
// error.
int run_main(Task<int> main, LoopOptions options = {});
int run_main(Task<Result<>> main, LoopOptions options = {});

// Runs make(0) … make(count-1), each on a loop and a thread of its own, the first on this one. The
// end of any, or a signal, cancels the others; a second signal ends the process as long as any of
// them still runs. The value is the first that is not 0.
Result<RunResult> run_on_threads(unsigned count, std::function<Task<int>(unsigned)> make,
                                 LoopOptions options = {});

}  // namespace patchbay
