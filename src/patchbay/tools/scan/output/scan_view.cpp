#include "patchbay/tools/scan/output/scan_view.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/scan/scan_engine.hpp"

namespace patchbay {

std::uint64_t numbered_ports(const ScanPlan& plan) {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      plan.ports, [](const ScanPort& port) { return has_ports(port.protocol); }));
}

std::string scan_comment(const ScanHeading& heading) {
  return fmt::format("# Patchbay {}: {}, at {}\n", heading.version,
                     escape_terminal(heading.command_line), rfc3339(heading.wall_time()));
}

void ScanView::started(const ScanPlan& plan) { ports_ = numbered_ports(plan); }

void ScanView::found(const IpAddress& address, const PortFinding& finding) {
  if (out_.verbose() == 0 || !has_ports(finding.port.protocol)) return;
  out_.detail(1, fmt::format("found {} {}/{} {}", address.to_string(), finding.port.number,
                             name_of(finding.port.protocol), name_of(finding.answer.state)));
}

void ScanView::host(const HostReport& report) { out_.print(table_.host(report) + "\n\n"); }

void ScanView::ended(const ScanTotals& totals) { out_.print(table_.totals(totals, ports_)); }

void ScanTextWriter::started(const ScanPlan& plan) {
  ports_ = numbered_ports(plan);
  sink_.write(scan_comment(heading_));
  if (!plan.by_sockets.empty()) {
    sink_.write(fmt::format("# asked by {}\n", engines_to_string(plan)));
  }
}

void ScanTextWriter::host(const HostReport& report) { sink_.write(table_.host(report) + "\n\n"); }

void ScanTextWriter::line(std::string_view text) { sink_.write(std::string(text) + '\n'); }

void ScanTextWriter::ended(const ScanTotals& totals) {
  sink_.write(table_.totals(totals, ports_) + '\n');
}

}  // namespace patchbay
