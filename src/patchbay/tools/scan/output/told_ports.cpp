#include "patchbay/tools/scan/output/told_ports.hpp"

#include <algorithm>
#include <span>

#include "patchbay/net/ip_network.hpp"

namespace patchbay {

// Hosts of one network differ in their last bits, and the table's size is a prime.
std::size_t ToldPorts::Hash::operator()(const IpAddress& address) const {
  const IpNumber number = number_of(address);
  return static_cast<std::size_t>(number ^ number >> 64) ^ address.scope();
}

bool ToldPorts::tell(const IpAddress& host, const ScanPort& port) {
  First& first = first_[host];
  if (std::ranges::count(std::span(first.ports).first(first.count), port) > 0) return false;
  if (first.count < first.ports.size()) {
    first.ports[first.count++] = port;
    return true;
  }
  std::vector<ScanPort>& more = more_[host];
  if (first.count + more.size() >= k_most_per_host) return false;
  const auto place = std::ranges::lower_bound(more, port);
  if (place != more.end() && *place == port) return false;
  more.insert(place, port);
  return true;
}

bool ToldPorts::told(const IpAddress& host, const ScanPort& port) const {
  const auto first = first_.find(host);
  if (first == first_.end()) return false;
  const auto& [ports, count] = first->second;
  if (std::ranges::count(std::span(ports).first(count), port) > 0) return true;
  const auto more = more_.find(host);
  return more != more_.end() && std::ranges::binary_search(more->second, port);
}

PortRanges ToldPorts::untold(const IpAddress& host, const PortGroup& group) const {
  const auto first = first_.find(host);
  if (first == first_.end() || group.state != PortState::open) return group.ports;
  PortRanges told;
  const auto add = [&](std::span<const ScanPort> ports) {
    for (const ScanPort& port : ports) {
      if (port.protocol == group.protocol) told.emplace_back(port.number, port.number);
    }
  };
  const auto& [ports, count] = first->second;
  add(std::span(ports).first(count));
  if (const auto more = more_.find(host); more != more_.end()) add(more->second);
  return without(group.ports, normalized(std::move(told)));
}

void ToldPorts::forget(const IpAddress& host) {
  first_.erase(host);
  more_.erase(host);
}

}  // namespace patchbay
