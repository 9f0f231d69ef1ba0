// Sockets that the parent has opened for this process (sd_listen_fds(3)): a port below 1024 without
// any right, and no client turned away during a restart.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace patchbay {

struct InheritedSocket {
  int descriptor;
  std::string name = {};  // FileDescriptorName= of systemd.socket(5); by itself the unit's name
};

// None when LISTEN_PID is not this process. They get close-on-exec, and the variables are taken out
// of the environment, so that no child takes them for its own.
std::vector<InheritedSocket> inherited_sockets();

// LISTEN_FDNAMES: names with colons between them, as many as there are sockets or fewer.
void name_sockets(std::vector<InheritedSocket>& sockets, std::string_view names);

}  // namespace patchbay
