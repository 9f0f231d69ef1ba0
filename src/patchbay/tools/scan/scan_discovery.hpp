// Which hosts are there, before their ports are asked.
#pragma once

#include <cstdint>
#include <vector>

#include "patchbay/tools/scan/run/scan_findings.hpp"
#include "patchbay/tools/scan/scan_plan.hpp"

namespace patchbay {

// In which ways hosts are asked whether they are there. Any answer will do, also that a port is
// closed.
struct DiscoveryKinds {
  bool echo = false;       // ICMP and ICMPv6 echo (RFC 792, RFC 4443)
  bool neighbour = false;  // ARP, neighbour solicitation: of hosts on the same link only
  std::vector<std::uint16_t> syn = {};  // by a SYN to these ports, or by a connection
  std::vector<std::uint16_t> ack = {};
  std::vector<std::uint16_t> udp = {};  // by a datagram to these ports

  // Whether any is wanted by name; if not, the usual ones are.
  bool any() const { return need_packets() || !syn.empty() || !udp.empty(); }
  bool need_packets() const { return echo || neighbour || !ack.empty(); }
};

// The same hosts, to be asked by one plan after the other: each kind of segment takes one of its
// own. Usual are ARP or neighbour solicitation, a ping, and a few ports that most hosts answer at.
std::vector<ScanPlan> discovery_by_packets(const ScanPlan& plan, const DiscoveryKinds& kinds);

// By connections, and datagrams of connected sockets, only at ports: a host that refuses is there.
// In place of ways that need packets the usual ports are asked.
ScanPlan discovery_by_connections(const ScanPlan& plan, const DiscoveryKinds& kinds);

// Those that gave any answer, in order.
IpSet hosts_there(const ScanPlan& plan, const ScanFindings& findings);

}  // namespace patchbay
