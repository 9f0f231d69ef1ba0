// Which targets are this host itself. Packets that leave by a packet socket do not come back to it,
// so it is asked by connections.
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
