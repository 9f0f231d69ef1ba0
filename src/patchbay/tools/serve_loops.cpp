#include "patchbay/tools/serve_loops.hpp"

#include <csignal>
#include <utility>

#include "patchbay/tools/descriptors.hpp"
#include "patchbay/tools/run_tool.hpp"

namespace patchbay {

namespace {

void block_hangup() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

}  // namespace

Result<RunResult> run_server_loops(ServeLoops loops, std::function<Task<int>(unsigned)> make,
                                   Output& out) {
  raise_descriptor_limit();
  // Before there are threads, so that none of them dies of it.
  if (loops.takes_hangup) block_hangup();
  return run_tool_on_threads(loops.threads, std::move(make), out);
}

}  // namespace patchbay
