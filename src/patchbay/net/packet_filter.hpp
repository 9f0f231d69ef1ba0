// Filters in the kernel (classic BPF): what does not pass never wakes anybody up.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

#include "patchbay/net/op.hpp"

namespace patchbay {

// Checks that must all hold, each of them with up to 100 values of which one must match:
//
//   PacketFilter().ethertype({ETH_P_ARP})
//   PacketFilter().udp_port({67, 68})                        DHCP in both directions
//   PacketFilter().ip_protocol({IPPROTO_ICMP, IPPROTO_ICMPV6})
//
// They read from the network header on, so the same filter serves raw and cooked packet sockets and
// raw IP sockets, and a VLAN tag makes no difference. IPv6 extension headers are not looked behind.
class PacketFilter {
 public:
  PacketFilter& ethertype(std::initializer_list<std::uint16_t> types);
  PacketFilter& ip_protocol(std::initializer_list<std::uint8_t> protocols);  // IPv4 and IPv6
  // Source or destination. Fragments behind the first carry no port and do not pass.
  PacketFilter& udp_port(std::initializer_list<std::uint16_t> ports);

  // What the kernel takes. Without a check everything passes.
  std::vector<sock_filter> program() const;

 private:
  void put(int code, std::uint32_t value, std::uint8_t if_true = 0, std::uint8_t if_false = 0);
  void require_any(std::span<const std::uint32_t> values);

  std::vector<sock_filter> code_;
};

// In place of the filter that the socket has. What was received before stays in its queue. Faults:
// system (EINVAL: not a valid program), limit (too long).
Result<> attach_filter(Port& port, int handle, std::span<const sock_filter> program);
Result<> detach_filter(Port& port, int handle);

}  // namespace patchbay
