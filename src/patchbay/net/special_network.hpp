// What IANA says of addresses that are not those of just any host: private, loopback, multicast.
#pragma once

#include <string_view>
#include <vector>

#include "patchbay/net/ip_network.hpp"

namespace patchbay {

// How far a packet to such an address goes.
enum class Reach : std::uint8_t {
  global,  // anywhere in the internet
  site,    // within a site: private networks
  link,    // one link
  host,    // within this host
  none,    // nowhere: reserved, documentation, broadcast
  group,   // to many at once: multicast
};

// A row of data/special_networks.tsv. All views are literals.
struct SpecialNetwork {
  std::string_view network;  // "10.0.0.0/8"
  Reach reach = Reach::global;
  std::string_view purpose;  // "private use"
  std::string_view source;   // "RFC 1918"
};

// All of them, longer prefixes before shorter ones.
std::vector<SpecialNetwork> special_networks();

// The one with the longest prefix that has this address; null for an ordinary one.
const SpecialNetwork* special_network_of(const IpAddress& address);

// `global` for an ordinary address.
Reach reach_of(const IpAddress& address);

}  // namespace patchbay
