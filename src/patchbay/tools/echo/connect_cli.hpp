// The command lines of `tcp connect` and `udp connect`.
#pragma once

#include "patchbay/tools/command.hpp"

namespace patchbay {

void declare_tcp_connect(Command& tcp);
void declare_udp_connect(Command& udp);

}  // namespace patchbay
