// ToldPorts: which open ports have been told already, while their hosts are still being asked.
#pragma once

#include <cstddef>
#include <map>
#include <vector>

#include "patchbay/tools/scan/port_ranges.hpp"
#include "patchbay/tools/scan/scan_report.hpp"

namespace patchbay {

class ToldPorts {
 public:
  // Further ones of a host wait for its report: most likely it answers everything.
  static constexpr std::size_t k_most_per_host = 64;

  // Whether the port is to be told now, since it was not yet.
  bool tell(const IpAddress& host, const ScanPort& port);
  bool told(const IpAddress& host, const ScanPort& port) const;
  // What of a group's ports has not been told.
  PortRanges untold(const IpAddress& host, const PortGroup& group) const;
  // The host's report has been told.
  void forget(const IpAddress& host) { hosts_.erase(host); }

 private:
  std::map<IpAddress, std::vector<ScanPort>> hosts_;  // ports in order
};

}  // namespace patchbay
