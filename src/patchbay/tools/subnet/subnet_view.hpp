// How a network is told: as a record, as a line of a table, as a card.
#pragma once

#include <string>

#include "patchbay/net/ip_network.hpp"
#include "patchbay/tools/record.hpp"

namespace patchbay {

// {"type":"network","network":"192.0.2.0/24",…}. "addresses" and "hosts" are null where they are
// more than a number of 64 bits holds.
Record network_record(const IpNetwork& network);

// "192.0.2.1-192.0.2.254"
std::string hosts_to_string(const IpNetwork& network);
// "254 hosts", "2^64 hosts"
std::string host_count_to_string(const IpNetwork& network);

// Several lines: mask, hosts, broadcast, reverse zone, what it is for. The first is `title`.
std::string network_card(const IpNetwork& network, std::string title);

// The zone for reverse names of all its addresses, where it is cut at a label (RFC 1035 section
// 3.5, RFC 3596 section 2.5); empty where it is not.
std::string reverse_zone(const IpNetwork& network);

}  // namespace patchbay
