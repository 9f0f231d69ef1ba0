// The engine of a scan that needs no privileges: each probe is a socket of the kernel's, for TCP a
// connect(2), for UDP a datagram to whom the socket is connected (udp_try.hpp).
#pragma once

#include <cstddef>
#include <optional>

#include "patchbay/net/task.hpp"
#include "patchbay/tools/scan/probe/connect_sockets.hpp"
#include "patchbay/tools/scan/run/scan_run.hpp"
#include "patchbay/tools/scan/scan_trace.hpp"

namespace patchbay {

struct ConnectProberOptions {
  ConnectSource source = {};
  // Tries at a time; fewer where this process may not have as many descriptors.
  std::size_t most_waiting = 100'000;
  ScanTrace* trace = nullptr;  // outlives the scan
};

// Asks `run` what to ask next until it has finished, and tells it what became of each try. `run`'s
// plan has ports of TCP and UDP, nothing else. Raises the limit of descriptors, and uses nine
// tenths of it, less what is open.
//
// What this host lacks for a moment is never a port's state: the target is asked again, fewer are
// asked at a time, and the loop's notice says so once. Faults: what makes every try impossible,
// such as a source address that is not this host's; `limit`, or what else it was, when something
// was lacking for half a minute with nothing on its way; `cancelled`. Then `run` has not finished.
//
// Changes from outside (ScanRun::stop, skip_host) are seen within a tenth of a second.
Task<Result<>> probe_by_connect(ScanRun& run, ConnectProberOptions options = {});

}  // namespace patchbay
