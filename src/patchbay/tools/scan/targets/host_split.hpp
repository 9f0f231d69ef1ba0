// Which targets are this host itself. What leaves by a card does not come back to it: packets for
// it go by a raw IP socket, and sockets of the kernel ask it without any right.
#pragma once

#include <span>

#include "patchbay/net/interface.hpp"
#include "patchbay/net/ip_set.hpp"

namespace patchbay {

struct HostSplit {
  IpSet here;
  IpSet elsewhere;
};

HostSplit split_hosts(const IpSet& hosts, std::span<const Interface> interfaces);

}  // namespace patchbay
