#include "patchbay/tools/scan/output/told_ports.hpp"

#include <algorithm>

namespace patchbay {

bool ToldPorts::tell(const IpAddress& host, const ScanPort& port) {
  std::vector<ScanPort>& ports = hosts_[host];
  if (ports.size() >= k_most_per_host) return false;
  const auto place = std::ranges::lower_bound(ports, port);
  if (place != ports.end() && *place == port) return false;
  ports.insert(place, port);
  return true;
}

bool ToldPorts::told(const IpAddress& host, const ScanPort& port) const {
  const auto found = hosts_.find(host);
  return found != hosts_.end() && std::ranges::binary_search(found->second, port);
}

PortRanges ToldPorts::untold(const IpAddress& host, const PortGroup& group) const {
  const auto found = hosts_.find(host);
  if (found == hosts_.end() || group.state != PortState::open) return group.ports;
  PortRanges told;
  for (const ScanPort& port : found->second) {
    if (port.protocol == group.protocol) told.emplace_back(port.number, port.number);
  }
  return without(group.ports, told);
}

}  // namespace patchbay
