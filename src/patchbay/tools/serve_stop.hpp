// What every server does before its loops run and after they have ended.
#pragma once

#include <cstdint>

#include "patchbay/net/run.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

// As many descriptors as this process may have without asking: the soft limit is low for the sake
// of programs that use select(2), of which this is none.
void raise_descriptor_limit();

// How the server ended, and its exit code: 0 after SIGTERM, which is the way to end a server, 130
// after SIGINT.
int print_stop(Output& out, const RunResult& ran, std::uint64_t cut_clients);

}  // namespace patchbay
