// ScanListener: whoever tells what a scan finds, while it runs and at its end. One for each output.
#pragma once

#include "patchbay/tools/scan/scan_plan.hpp"
#include "patchbay/tools/scan/scan_report.hpp"

namespace patchbay {

// Called on the loop's thread, in this order: started, found…, host…, ended; `ended` also after
// a Ctrl-C. None may block for long.
class ScanListener {
 public:
  virtual ~ScanListener() = default;
  virtual void started(const ScanPlan&) {}
  // An answer that opens a port, as soon as it is there; services are not known yet.
  virtual void found(const IpAddress&, const PortFinding&) {}
  // All of a host, in the order of addresses; only of hosts that are worth a word (HostReport).
  virtual void host(const HostReport&) {}
  virtual void ended(const ScanTotals&) {}
};

}  // namespace patchbay
