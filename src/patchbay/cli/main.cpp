#include <csignal>

#include "patchbay/cli/app.hpp"
#include "patchbay/cli/process.hpp"
#include "patchbay/cli/tools.hpp"

int main(int argc, char** argv) {
  patchbay::hold_standard_descriptors();
  // A reader that left is told by EPIPE, which every writer of ours handles.
  std::signal(SIGPIPE, SIG_IGN);
  return patchbay::run_patchbay(patchbay::this_process(argc, argv), patchbay::all_tools());
}
