#include "patchbay/tools/scan/session/hardware_addresses.hpp"

#include <set>
#include <utility>

#include "patchbay/net/next_hop.hpp"

namespace patchbay {

namespace {

// As the scan's plan has it: its link is the scan's.
IpAddress without_scope(const IpAddress& address) {
  return address.is_v6() ? IpAddress(address.v6()) : address;
}

}  // namespace

void HardwareAddresses::learn(const IpAddress& address, const EthernetAddress& hardware) {
  if (hardware == EthernetAddress()) return;
  const IpAddress host = without_scope(address);
  if (known_.size() < k_most || known_.contains(host)) known_[host] = hardware;
}

void HardwareAddresses::learn_from_kernel(const IpSet& hosts, std::uint32_t interface) {
  const auto neighbours = KernelHopFinder().neighbours();
  if (!neighbours) return;
  for (const KnownNeighbour& one : *neighbours) {
    const IpAddress host = without_scope(one.address);
    if (interface != 0 && one.interface != interface) continue;
    if (hosts.contains(host) && !known_.contains(host)) learn(host, one.link);
  }
}

void HardwareAddresses::look_up_makers(const std::string& registry) {
  std::set<MakerNumber> wanted;
  for (const auto& [address, hardware] : known_) {
    if (const auto number = maker_number_of(hardware)) wanted.insert(*number);
  }
  makers_ = find_makers(wanted, registry);
}

std::optional<HardwareAddress> HardwareAddresses::find(const IpAddress& address) const {
  const auto known = known_.find(without_scope(address));
  if (known == known_.end()) return std::nullopt;
  HardwareAddress found{.address = known->second};
  if (const auto number = maker_number_of(known->second)) {
    const auto maker = makers_.find(*number);
    if (maker != makers_.end()) found.maker = maker->second;
  }
  return found;
}

}  // namespace patchbay
