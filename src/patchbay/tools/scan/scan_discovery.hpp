// Which hosts are there, before their ports are asked.
#pragma once

#include <vector>

#include "patchbay/tools/scan/run/scan_findings.hpp"
#include "patchbay/tools/scan/scan_plan.hpp"

namespace patchbay {

// The same hosts, each asked in a few ways that most hosts answer one of: by ARP or neighbour
// solicitation where it is on the same link, by a ping, and at a few ports. By connections only at
// ports: a host that refuses is there.
ScanPlan discovery_plan(const ScanPlan& plan);

// Those that gave any answer, in order.
IpSet hosts_there(const ScanPlan& plan, const ScanFindings& findings);

}  // namespace patchbay
