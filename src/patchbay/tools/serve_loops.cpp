#include "patchbay/tools/serve_loops.hpp"

#include <sys/resource.h>

#include <csignal>
#include <utility>

#include "patchbay/tools/run_tool.hpp"

namespace patchbay {

namespace {

// The soft limit is low for the sake of programs that use select(2), of which this is none.
void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  // Refused only where it is forbidden, and then the lower limit is what there is.
  [[maybe_unused]] const int refused = ::setrlimit(RLIMIT_NOFILE, &limit);
}

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
