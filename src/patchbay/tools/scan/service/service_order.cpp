#include "patchbay/tools/scan/service/service_order.hpp"

#include <algorithm>
#include <utility>

namespace patchbay {

namespace {

bool has(std::span<const std::uint16_t> ports, std::uint16_t port) {
  return std::ranges::count(ports, port) > 0;
}

// A port that is known for TLS is asked for that first.
bool is_tls_port(std::uint16_t port) {
  return std::ranges::any_of(service_probes(), [port](const ServiceProbe& probe) {
    return probe.transport == ScanProtocol::tcp && has(probe.tls_ports, port);
  });
}

bool is_hinted(const ServiceProbe& probe, std::uint16_t port, bool inside_tls) {
  if (probe.id == "tls") return is_tls_port(port);
  return has(inside_tls ? probe.tls_ports : probe.ports, port);
}

bool may_ask(const ServiceProbe& probe, bool hinted, bool inside_tls,
             const ServiceOptions& options) {
  if (probe.server_first || probe.transport != ScanProtocol::tcp) return false;
  if (inside_tls && !probe.tls) return false;
  if (!probe.safe) return options.allow_ot && (hinted || options.intensity >= probe.intensity);
  return hinted || options.intensity >= probe.intensity;
}

}  // namespace

std::vector<const ServiceProbe*> probes_in_order(std::uint16_t port, bool inside_tls,
                                                 const ServiceOptions& options) {
  std::vector<const ServiceProbe*> order;
  for (const ServiceProbe& probe : service_probes()) {
    if (may_ask(probe, is_hinted(probe, port, inside_tls), inside_tls, options)) {
      order.push_back(&probe);
    }
  }
  // The probes stand in one table: the order of their addresses is that of the table.
  std::ranges::sort(order, {}, [&](const ServiceProbe* probe) {
    return std::pair(is_hinted(*probe, port, inside_tls) ? 0 : 1 + probe->intensity, probe);
  });
  return order;
}

}  // namespace patchbay
