#include "patchbay/tools/scan/scan_canaries.hpp"

#include "patchbay/tools/scan/service/service_table.hpp"
#include "patchbay/tools/scan/targets/port_list.hpp"

namespace patchbay {

std::vector<std::uint16_t> canary_ports(const ScanPlan& plan,
                                        const std::vector<std::string>& exclude) {
  std::vector<std::uint16_t> ports;
  const auto allowed = make_port_list({.ports = "T:50000-59999", .exclude = exclude});
  if (!allowed) return ports;  // all of them are excluded
  std::vector<bool> asked(UINT16_MAX + 1);
  for (const ScanPort& port : plan.ports) {
    if (port.protocol == ScanProtocol::tcp) asked[port.number] = true;
  }
  for (const ScanPort& port : allowed->ports) {
    if (!asked[port.number] && !is_left_alone(port.number)) ports.push_back(port.number);
  }
  return ports;
}

}  // namespace patchbay
