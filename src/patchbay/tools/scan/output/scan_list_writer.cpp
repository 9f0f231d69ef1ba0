#include "patchbay/tools/scan/output/scan_list_writer.hpp"

#include <fmt/format.h>

#include "patchbay/tools/scan/output/scan_table.hpp"

namespace patchbay {

void ScanListWriter::line(const IpAddress& address, const ScanPort& port) {
  if (!has_ports(port.protocol)) return;
  sink_.write(fmt::format("{} {} {} {}\n", address.to_string(), port.number, name_of(port.protocol),
                          name_of(PortState::open)));
}

void ScanListWriter::found(const IpAddress& address, const PortFinding& finding) {
  line(address, finding.port);
}

void ScanListWriter::host(const HostReport& report) {
  for (const PortFinding& finding : report.ports) {
    if (finding.answer.state != PortState::open) continue;
    if (!told_.told(report.address, finding.port)) line(report.address, finding.port);
  }
  // Of a host that answers everything no more than what was told before it was known as one.
  const bool believed = !report.answers_everything;
  for (const PortGroup& group : report.rest) {
    if (!believed || group.state != PortState::open) continue;
    for (const auto& [first, last] : told_.untold(report.address, group)) {
      for (std::uint32_t port = first; port <= last; ++port) {
        line(report.address, {group.protocol, static_cast<std::uint16_t>(port)});
      }
    }
  }
}

}  // namespace patchbay
