// What is told at the end of a scan: each host, with all that was found out about it in one way or
// another, and the totals.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "patchbay/tools/output.hpp"
#include "patchbay/tools/scan/output/scan_outputs.hpp"
#include "patchbay/tools/scan/scan_part.hpp"
#include "patchbay/tools/scan/session/hardware_addresses.hpp"
#include "patchbay/tools/scan/session/service_search.hpp"

namespace patchbay {

// All of it outlives the call.
struct ScanSummary {
  const std::vector<ScanPart>& parts;
  const ServiceSearch& services;
  const std::map<IpAddress, std::string>& dns_names;
  const HardwareAddresses& hardware;
  bool hosts_only = false;  // who is there is the question (-sn): ports are not told
};

// Part by part, each in the order of addresses. Ends early when nobody reads stdout any more.
void tell_hosts(const ScanSummary& summary, const Output& out, ScanOutputs& outputs);

// Of all parts together; `complete` where each of them is.
ScanTotals totals_of(const std::vector<ScanPart>& parts, Instant now);

}  // namespace patchbay
