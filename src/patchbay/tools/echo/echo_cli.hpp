// The commands of this tool: tcp serve, tcp connect, udp serve, udp connect, and bench.
#pragma once

#include "patchbay/tools/command.hpp"

namespace patchbay {

void declare_tcp(Command& patchbay);
void declare_udp(Command& patchbay);
void declare_bench(Command& patchbay);

// The parts of the groups above, each in the file of its name: serve_tcp_cli.cpp, connect_cli.cpp.
void declare_tcp_serve(Command& tcp);
void declare_udp_serve(Command& udp);
void declare_tcp_connect(Command& tcp);
void declare_udp_connect(Command& udp);

}  // namespace patchbay
