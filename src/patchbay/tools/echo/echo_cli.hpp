// The commands of this tool: tcp serve, tcp connect, udp serve, udp connect, and bench.
#pragma once

#include "patchbay/tools/command.hpp"

namespace patchbay {

void declare_tcp(Command& patchbay);
void declare_udp(Command& patchbay);
void declare_bench(Command& patchbay);

// The servers' parts of the groups above; the clients' are in connect_cli.hpp.
void declare_tcp_serve(Command& tcp);
void declare_udp_serve(Command& udp);

}  // namespace patchbay
