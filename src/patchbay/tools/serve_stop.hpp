// What every server says when its loops have ended.
#pragma once

#include <cstdint>

#include "patchbay/net/run.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

// How the server ended, and its exit code: 0 after SIGTERM, which is the way to end a server, 130
// after SIGINT.
int print_stop(Output& out, const RunResult& ran, std::uint64_t cut_clients);

}  // namespace patchbay
