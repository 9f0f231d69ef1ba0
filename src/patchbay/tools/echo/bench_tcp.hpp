// A load of requests over TCP to a peer that sends back what it gets.
#pragma once

#include "patchbay/net/task.hpp"
#include "patchbay/tools/bench_options.hpp"
#include "patchbay/tools/bench_report.hpp"

namespace patchbay {

// Connects, loads the peer for the warm-up and the time, and waits for the last answers. A
// connection that fails is counted in the report and the others go on. An error means that there
// was no load: the first connection, which also decides the address of all, could not be made. The
// report counts also what was done before a cancel.
Task<Result<>> bench_tcp(BenchOptions options, BenchReport& report);

}  // namespace patchbay
