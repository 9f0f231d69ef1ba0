// ScanTable: what a scan found, as people read it: a block a host, and a line at the end. What
// comes from a peer is escaped in it.
#pragma once

#include <cstdint>
#include <string>

#include "patchbay/tools/output.hpp"
#include "patchbay/tools/scan/output/scan_heading.hpp"
#include "patchbay/tools/scan/scan_plan.hpp"
#include "patchbay/tools/scan/scan_report.hpp"

namespace patchbay {

class ScanTable {
 public:
  struct Options {
    const Output* colors = nullptr;  // null: plain. Otherwise those of its stdout
    bool details = false;            // --reason: whose word it is, and after which try
    bool ranges = false;             // -v: the numbers of the ports that are told together
  };
  // `heading` outlives it.
  ScanTable(const ScanHeading& heading, Options options) : heading_(heading), options_(options) {}

  // Several lines, without a newline at the end.
  std::string host(const HostReport& report) const;
  // "scan: 1 host, 65,535 ports, 310 ms; sent 66,842; …"
  std::string totals(const ScanTotals& totals, std::uint64_t ports) const;

 private:
  std::string head(const HostReport& report) const;
  std::string port_lines(const HostReport& report) const;
  std::string info(const PortFinding& finding) const;
  std::string service(const PortFinding& finding) const;
  std::string reason(const PortFinding& finding) const;
  std::string rest(const HostReport& report) const;
  std::string style(Tone tone, std::string text) const;

  const ScanHeading& heading_;
  const Options options_;
};

// Ports and groups of protocols that have no ports are not told as ports.
constexpr bool has_ports(ScanProtocol protocol) {
  return protocol == ScanProtocol::tcp || protocol == ScanProtocol::udp;
}

}  // namespace patchbay
