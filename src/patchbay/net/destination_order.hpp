// The order in which to try the addresses of a host: RFC 6724 section 6.
#pragma once

#include <optional>
#include <vector>

#include "patchbay/net/address.hpp"

namespace patchbay {

// An address, and the one of this host from which it would be reached; none where no route leads.
struct Destination {
  IpAddress address;
  std::optional<IpAddress> source;
};

// Best first; what the rules do not tell apart stays in its order. Rules 3, 4 and 7 (deprecated and
// home addresses, tunnels) need what only a kernel knows of its own addresses, and it has applied
// them when it chose the source. Rule 9 (longest prefix) is for IPv6 alone, since it would undo the
// rotation of IPv4 addresses by name servers.
void order_destinations(std::vector<Destination>& destinations);

// With the sources that the kernel would choose now. Sends nothing.
void sort_destinations(std::vector<IpAddress>& addresses);

}  // namespace patchbay
