#include "patchbay/net/sim/flow.hpp"

#include <sys/socket.h>

namespace patchbay::sim {

IpAddress mapped(const IpAddress& v4) {
  in6_addr native{};
  native.s6_addr[10] = native.s6_addr[11] = 0xff;
  std::memcpy(&native.s6_addr[12], v4.bytes().data(), 4);
  return IpAddress(native);
}

IpAddress unmapped(const IpAddress& address) {
  if (!address.is_v6()) return address;
  const in6_addr native = address.v6();
  if (!IN6_IS_ADDR_V4MAPPED(&native)) return address;
  in_addr v4{};
  std::memcpy(&v4, &native.s6_addr[12], sizeof v4);
  return IpAddress(v4);
}

Endpoint as_seen(int family, const IpAddress& address, std::uint16_t port) {
  return Endpoint(family == AF_INET6 && address.is_v4() ? mapped(address) : address, port);
}

}  // namespace patchbay::sim
