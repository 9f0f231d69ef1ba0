// Whom an address stands for where clients are counted: an IPv6 address for its /64, since one
// customer has all of those, an IPv4 address for itself.
#pragma once

#include <algorithm>

#include "patchbay/net/address.hpp"

namespace patchbay {

inline IpAddress client_network(const IpAddress& address) {
  if (address.is_v4()) return address;
  in6_addr v6{};
  std::copy_n(address.bytes().begin(), 8, v6.s6_addr);
  return IpAddress(v6);
}

}  // namespace patchbay
