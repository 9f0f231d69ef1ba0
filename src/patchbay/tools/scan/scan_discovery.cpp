#include "patchbay/tools/scan/scan_discovery.hpp"

namespace patchbay {

namespace {

// Mail, names and the web are let through by most firewalls, and 22 and 445 by most of those within
// a network.
constexpr std::uint16_t k_ports[] = {443, 80, 22, 445};

}  // namespace

ScanPlan discovery_plan(const ScanPlan& plan) {
  ScanPlan discovery = plan;
  discovery.ports.clear();
  discovery.one_answer_is_enough = true;
  if (plan.tcp != TcpMethod::connect) {
    discovery.tcp = TcpMethod::syn;
    discovery.ports = {{ScanProtocol::neighbour, 0}, {ScanProtocol::ping, 0}};
  }
  for (const std::uint16_t port : k_ports) discovery.ports.push_back({ScanProtocol::tcp, port});
  // One kind after the other, since one answer is enough.
  discovery.likely_ports = plan.tcp == TcpMethod::connect ? 1 : 2;
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
