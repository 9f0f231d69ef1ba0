#include "patchbay/tools/scan/session/scan_means.hpp"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "patchbay/tools/scan/scan_discovery.hpp"
#include "patchbay/tools/scan/scan_rights.hpp"

namespace patchbay {

namespace {

// The first of them that takes packets.
std::string_view packet_flag(const DiscoveryKinds& kinds) {
  if (kinds.echo) return "--ping-echo (-PE)";
  if (kinds.neighbour) return "--ping-neighbour (-PR)";
  return "--ping-ack (-PA)";
}

}  // namespace

ScanMeans::ScanMeans(const ScanWish& wish, const ScanFlags& flags,
                     std::span<const Interface> interfaces, ScanPlan& plan)
    : wish_(wish),
      flags_(flags),
      interfaces_(interfaces),
      plan_(plan),
      hosts_(split_hosts(plan.hosts, interfaces)),
      may_send_(may_send_packets()),
      choice_(engines_for(wish.method, hosts_, may_send_)) {
  note_engines(choice_, hosts_, plan);
}

void ScanMeans::tell(Output& out) const {
  const bool falls_back = !wish_.method && plan_.tcp == TcpMethod::connect;
  if (falls_back && !hosts_.elsewhere.empty()) {
    out.note(
        "[*] Ports are asked by connections, those of UDP by connected sockets: packets take the "
        "capability CAP_NET_RAW");
  } else if (!plan_.by_sockets.empty() || (wish_.method && *wish_.method != plan_.tcp)) {
    out.note(fmt::format("[*] Asked by {}", engines_to_string(plan_)));
  } else {
    out.detail(1, fmt::format("asked by {}", engines_to_string(plan_)));
  }
}

// This host itself is asked by connections, whatever is wanted.
std::optional<Failure> ScanMeans::lacks_for_discovery() const {
  const DiscoveryKinds& kinds = wish_.discovery;
  if (!looks_first() || !kinds.need_packets()) return std::nullopt;
  if (hosts_.elsewhere.empty() || may_send_) return std::nullopt;
  return Failure(fmt::format("{} cannot be asked", packet_flag(kinds)),
                 "that goes by packets, which take the capability CAP_NET_RAW",
                 "sudo patchbay scan …; or --ping-syn and --ping-udp, without a right");
}

// Shards go together only where all of them have the same hosts.
bool ScanMeans::looks_first() const {
  const bool hosts_only = wish_.aims.hosts_only;
  if (flags_.no_discovery || (flags_.shard && !hosts_only)) return false;
  return plan_.host_count() > 1 || hosts_only || wish_.discovery.any();
}

std::vector<ScanPlan> ScanMeans::discovery_of(const ScanPlan& part) const {
  const DiscoveryKinds& kinds = wish_.discovery;
  const bool by_packets = part.tcp != TcpMethod::connect || kinds.need_packets();
  if (!by_packets) return {discovery_by_connections(part, kinds)};
  // This host itself is asked by connections, whatever is wanted.
  HostSplit hosts = split_hosts(part.hosts, interfaces_);
  ScanPlan here = part;
  here.hosts = std::move(hosts.here);
  ScanPlan elsewhere = part;
  elsewhere.hosts = std::move(hosts.elsewhere);
  std::vector<ScanPlan> ways = discovery_by_packets(elsewhere, kinds);
  ways.insert(ways.begin(), discovery_by_connections(here, kinds));
  return ways;
}

}  // namespace patchbay
