// ToldPorts: which open ports have been told already, while their hosts are still being asked.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <unordered_map>
#include <vector>

#include "patchbay/tools/scan/output/port_ranges.hpp"
#include "patchbay/tools/scan/scan_report.hpp"

namespace patchbay {

// Some 64 bytes a host that has open ports, as most have a few.
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
  void forget(const IpAddress& host);

 private:
  struct Hash {
    std::size_t operator()(const IpAddress& address) const;
  };
  struct First {
    std::array<ScanPort, 3> ports;
    std::uint32_t count = 0;
  };

  std::unordered_map<IpAddress, First, Hash> first_;
  std::unordered_map<IpAddress, std::vector<ScanPort>, Hash> more_;  // of few hosts; in order
};

}  // namespace patchbay
