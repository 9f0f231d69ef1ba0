#include "patchbay/net/sim/hop_finder.hpp"

#include <linux/if_arp.h>

#include <cerrno>

#include "patchbay/net/sim/host.hpp"
#include "patchbay/net/sim/link.hpp"

namespace patchbay::sim {

namespace {

Result<NextHop> hop_to(Stack& stack, const IpAddress& to, const HopOptions& options) {
  Nic* const only = options.interface == 0 ? nullptr : stack.nic(options.interface);
  Route route;
  if (const int error = stack.find_route(to, only, route); error != 0) {
    return Error::from_errno(error, "find a route to").about(to.to_string());
  }
  if (route.to == nullptr && !route.nobody) {
    return Error(Fault::unreachable, "probe", "it is the address of everybody on a link");
  }
  const auto& wanted = to.is_v4() ? options.source_v4 : options.source_v6;
  const IpAddress* const source = stack.source_for(route, to.family());
  if (!wanted && source == nullptr) return Error::from_errno(ENETUNREACH, "find a route to");
  return NextHop{.kind = route.out->link() == nullptr ? NextHop::Kind::here : NextHop::Kind::link,
                 .interface = route.out->index(),
                 .source = wanted ? *wanted : *source};
}

}  // namespace

Result<HopMap> HopFinder::hops_to(const IpSet& targets, const HopOptions& options) {
  HopMap map;
  for (IpNumber i = 0; i < targets.size(); ++i) {
    const IpAddress address = targets.at(i);
    map.add({address, address}, hop_to(host_.stack(), address, options));
  }
  return map;
}

Result<std::vector<LinkDevice>> HopFinder::devices() {
  std::vector<LinkDevice> all;
  for (Nic& nic : host_.stack().nics()) {
    const Interface& interface = nic.interface();
    const bool loopback = nic.link() == nullptr;
    all.push_back(
        {.index = interface.index,
         .name = interface.name,
         .hardware = loopback ? std::uint16_t{ARPHRD_LOOPBACK} : std::uint16_t{ARPHRD_ETHER},
         .address = interface.hardware_address,
         .mtu_bytes = interface.mtu_bytes,
         .up = interface.up,
         .loopback = loopback});
  }
  return all;
}

Result<std::vector<KnownNeighbour>> HopFinder::neighbours() {
  std::vector<KnownNeighbour> all;
  for (Nic& nic : host_.stack().nics()) {
    if (nic.link() == nullptr) continue;
    for (const Nic* const end : nic.link()->ends()) {
      if (end == &nic) continue;
      for (const InterfaceAddress& each : end->interface().addresses) {
        if (each.address.is_v4()) continue;
        all.push_back({.interface = nic.index(),
                       .address = each.address,
                       .link = end->interface().hardware_address,
                       .confirmed = true});
      }
    }
  }
  return all;
}

}  // namespace patchbay::sim
