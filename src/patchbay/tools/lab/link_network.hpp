// LinkNetwork: the addresses of a link's two ends.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "patchbay/base/result.hpp"
#include "patchbay/net/interface.hpp"
#include "patchbay/net/network_namespace.hpp"

namespace patchbay {

// Link number N has 198.18.N.0/30 (RFC 2544: for tests of network devices, routed nowhere), from
// number 256 on 198.19.N-256.0/30, and fd70:6174:6368:N::/64 (RFC 4193). Its ends are .1 and .2,
// ::1 and ::2.
inline constexpr unsigned k_link_numbers = 512;

struct LinkNetwork {
  // v4 first; the same number in both, in the same order.
  std::vector<InterfaceAddress> left;
  std::vector<InterfaceAddress> right;
};

LinkNetwork link_network(unsigned number);

// RFC 8200 section 5: on links with shorter packets there is no IPv6.
inline constexpr int k_least_mtu_of_v6 = 1280;

// Without its IPv6 addresses where packets are too short for them.
LinkNetwork fitting(LinkNetwork network, int mtu_bytes);

// The first two addresses of a network, as in "192.0.2.0/30": of a /31 or /127 its only two, of a
// larger one those after the network's own. `protocol` for what is no network, `limit` for one
// without two addresses that hosts can have.
Result<LinkNetwork> parse_network(std::string_view text);

// Does an address of `network` lie in a network that one of the interfaces is in, or the other way
// round? Then that interface's address.
std::optional<InterfaceAddress> in_the_way(const LinkNetwork& network,
                                           const std::vector<Interface>& interfaces);

// The lowest number whose addresses are in the way of none; nothing when all are taken.
std::optional<unsigned> free_number(const std::vector<Interface>& left,
                                    const std::vector<Interface>& right);

// "lab0", "lab1", …: the first name that none of the interfaces has.
std::string free_device(const std::vector<Interface>& interfaces);

Result<std::vector<Interface>> interfaces_of(const NetworkNamespace& where);

}  // namespace patchbay
