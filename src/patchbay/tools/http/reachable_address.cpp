#include "patchbay/tools/http/reachable_address.hpp"

#include "patchbay/net/loop.hpp"
#include "patchbay/net/rtnetlink.hpp"

namespace patchbay {

namespace {

// Nobody's, and on no link, as the addresses of examples are: it is behind the default route.
// Nothing is sent there.
constexpr const char* k_far_v4 = "240.0.0.1";
constexpr const char* k_far_v6 = "3000::1";

bool is_for_others(const IpAddress& address) {
  return !address.is_any() && !address.is_loopback() && !address.is_link_local();
}

// The address that the default route sends from.
std::optional<IpAddress> outward_address(Family family) {
  auto kernel = Rtnetlink::open();
  if (!kernel) return std::nullopt;
  const auto far = IpAddress::parse(family == Family::v4 ? k_far_v4 : k_far_v6);
  const auto way = kernel->route_to({.destination = *far});
  if (!way || way->kind != RouteAnswer::Kind::remote) return std::nullopt;
  return way->source;
}

}  // namespace

std::optional<IpAddress> reachable_address(const IpAddress& local,
                                           const std::optional<IpAddress>& outward,
                                           std::span<const Interface> interfaces) {
  if (!local.is_any()) return local;
  const auto fits = [&](const IpAddress& address) {
    return address.family() == local.family() && is_for_others(address);
  };
  if (outward && fits(*outward)) return outward;
  for (const Interface& each : interfaces) {
    if (!each.up || each.loopback) continue;
    for (const InterfaceAddress& own : each.addresses) {
      if (fits(own.address)) return own.address;
    }
  }
  return std::nullopt;
}

std::optional<IpAddress> reachable_address(const IpAddress& local) {
  if (!local.is_any()) return local;
  const auto interfaces = Loop::current().engine().interfaces();
  return reachable_address(local, outward_address(local.family()),
                           interfaces.value_or(std::vector<Interface>()));
}

}  // namespace patchbay
