// ScanPlan: which hosts and which ports, and how a pair of them is one number.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "patchbay/net/ip_set.hpp"
#include "patchbay/tools/scan/scan_port.hpp"

namespace patchbay {

// How a TCP port is asked. `connect` is by the kernel's sockets, and then UDP is asked by them too;
// the others are by packets of our own.
enum class TcpMethod : std::uint8_t { connect, syn, ack, fin, null, xmas };

std::string_view name_of(TcpMethod method);      // "syn"
std::string_view engine_name(TcpMethod method);  // whose packets: "connect", "packet"

// A host and a port of it, as one number: below ScanPlan::targets(). Ports of all hosts stand side
// by side, so the likely ones of all hosts come first.
using ScanTarget = std::uint64_t;

struct ScanPlan {
  // More than this nobody waits for, and no map of answers holds.
  static constexpr std::uint64_t k_most_targets = std::uint64_t{1} << 40;

  IpSet hosts;                   // what is excluded is not in it
  std::vector<ScanPort> ports;   // the likely ones first; none twice
  std::size_t likely_ports = 0;  // how many of them are: they are asked before the others
  // What the user called an address, where that was no address.
  std::unordered_map<std::string, std::string> names = {};  // by IpAddress::to_string()
  TcpMethod tcp = TcpMethod::syn;
  // Of a whole scan, whose hosts may be asked in two ways: who is asked by `connect` all the same.
  IpSet by_sockets = {};
  // Why those, or all, are asked by `connect`; empty where nobody is, or that is what was wanted.
  std::string_view connects_why = {};
  bool one_answer_is_enough = false;  // who is there is the question (-sn), not what is open

  TcpMethod method_for(const IpAddress& address) const {
    return by_sockets.contains(address) ? TcpMethod::connect : tcp;
  }

  std::uint64_t host_count() const { return static_cast<std::uint64_t>(hosts.size()); }
  std::uint64_t targets() const { return host_count() * ports.size(); }

  std::uint64_t host_of(ScanTarget target) const { return target % host_count(); }
  const ScanPort& port_of(ScanTarget target) const { return ports[target / host_count()]; }
  IpAddress address_of(ScanTarget target) const { return hosts.at(host_of(target)); }
  ScanTarget target_of(std::uint64_t host, std::size_t port) const {
    return port * host_count() + host;
  }
};

}  // namespace patchbay
