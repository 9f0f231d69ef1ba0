#include "patchbay/tools/scan/scan_discovery.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace patchbay {

namespace {

// Mail, names and the web are let through by most firewalls, and 22 and 445 by most of those within
// a network.
constexpr std::array<std::uint16_t, 4> k_ports = {443, 80, 22, 445};

using PortNumbers = std::span<const std::uint16_t>;

ScanPlan asking_by(TcpMethod method, const ScanPlan& plan) {
  ScanPlan discovery = plan;
  discovery.tcp = method;
  discovery.ports.clear();
  discovery.one_answer_is_enough = true;
  return discovery;
}

void add_ports(ScanPlan& plan, ScanProtocol protocol, PortNumbers numbers) {
  for (const std::uint16_t number : numbers) plan.ports.push_back({protocol, number});
}

// One kind after the other, since one answer is enough: first those that have no ports.
void settle_order(ScanPlan& plan) {
  const auto first = std::ranges::count_if(plan.ports, [](const ScanPort& port) {
    return port.protocol == ScanProtocol::neighbour || port.protocol == ScanProtocol::ping;
  });
  plan.likely_ports = std::max<std::size_t>(static_cast<std::size_t>(first), 1);
}

}  // namespace

std::vector<ScanPlan> discovery_by_packets(const ScanPlan& plan, const DiscoveryKinds& kinds) {
  const bool usual = !kinds.any();
  ScanPlan by_syn = asking_by(TcpMethod::syn, plan);
  if (usual || kinds.neighbour) by_syn.ports.push_back({ScanProtocol::neighbour, 0});
  if (usual || kinds.echo) by_syn.ports.push_back({ScanProtocol::ping, 0});
  add_ports(by_syn, ScanProtocol::tcp, usual ? PortNumbers(k_ports) : PortNumbers(kinds.syn));
  add_ports(by_syn, ScanProtocol::udp, kinds.udp);
  ScanPlan by_ack = asking_by(TcpMethod::ack, plan);
  add_ports(by_ack, ScanProtocol::tcp, kinds.ack);
  std::vector<ScanPlan> plans;
  for (ScanPlan* each : {&by_syn, &by_ack}) {
    if (each->ports.empty()) continue;
    settle_order(*each);
    plans.push_back(std::move(*each));
  }
  return plans;
}

ScanPlan discovery_by_connections(const ScanPlan& plan, const DiscoveryKinds& kinds) {
  ScanPlan discovery = asking_by(TcpMethod::connect, plan);
  const bool usual = kinds.syn.empty() && (kinds.udp.empty() || kinds.need_packets());
  add_ports(discovery, ScanProtocol::tcp, usual ? PortNumbers(k_ports) : PortNumbers(kinds.syn));
  add_ports(discovery, ScanProtocol::udp, kinds.udp);
  settle_order(discovery);
  return discovery;
}

IpSet hosts_there(const ScanPlan& plan, const ScanFindings& findings) {
  std::vector<IpRange> there;
  for (std::uint64_t host = 0; host < plan.host_count(); ++host) {
    if (!findings.has_answered(host)) continue;
    const IpAddress address = plan.hosts.at(host);
    there.push_back({address, address});
  }
  return IpSet(there);
}

}  // namespace patchbay
