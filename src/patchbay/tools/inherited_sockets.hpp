// Sockets that the parent has opened for this process (sd_listen_fds(3)): a port below 1024 without
// any right, and no client turned away during a restart.
#pragma once

#include <vector>

namespace patchbay {

// Their descriptors; none when LISTEN_PID is not this process. They get close-on-exec, and the
// variables are taken out of the environment, so that no child takes them for its own.
std::vector<int> inherited_sockets();

}  // namespace patchbay
