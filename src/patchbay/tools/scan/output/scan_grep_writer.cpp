#include "patchbay/tools/scan/output/scan_grep_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/tools/scan/output/scan_table.hpp"
#include "patchbay/tools/scan/output/scan_view.hpp"

namespace patchbay {

namespace {

// A field of a port, or a name in brackets: nothing in it ends it.
std::string field(std::string_view text) {
  std::string result = escape_terminal(text);
  std::ranges::replace(result, '/', '|');
  std::ranges::replace(result, ',', ';');
  std::ranges::replace(result, '(', '[');
  std::ranges::replace(result, ')', ']');
  return result;
}

std::string port_fields(const PortFinding& finding, const ScanHeading& heading) {
  std::string service = field(heading.usual_service(finding.port));
  std::string version;
  if (finding.service) {
    service = (finding.service->tls ? "ssl|" : "") + field(finding.service->service);
    for (const std::string* part : {&finding.service->product, &finding.service->version}) {
      if (part->empty()) continue;
      if (!version.empty()) version += ' ';
      version += field(*part);
    }
  }
  return fmt::format("{}/{}/{}//{}//{}/", finding.port.number, name_of(finding.answer.state),
                     name_of(finding.port.protocol), service, version);
}

std::string ignored_states(const HostReport& report) {
  std::array<std::uint64_t, std::size(k_port_states)> counts = {};
  for (const PortGroup& group : report.rest) {
    if (has_ports(group.protocol)) counts[static_cast<std::size_t>(group.state)] += group.count;
  }
  std::string text;
  while (true) {
    const auto most = std::ranges::max_element(counts);
    if (*most == 0) return text;
    const PortState state = k_port_states[most - counts.begin()];
    text += fmt::format("\tIgnored State: {} ({})", name_of(state), *most);
    *most = 0;
  }
}

}  // namespace

void ScanGrepWriter::started(const ScanPlan&) { sink_.write(scan_comment(heading_)); }

void ScanGrepWriter::host(const HostReport& report) {
  const std::string head = fmt::format("Host: {} ({})", report.address.to_string(),
                                       field(report.name.empty() ? report.dns_name : report.name));
  std::string ports;
  for (const PortFinding& finding : report.ports) {
    if (!has_ports(finding.port.protocol)) continue;
    if (!ports.empty()) ports += ", ";
    ports += port_fields(finding, heading_);
  }
  std::string text = head + (report.answered ? "\tStatus: Up\n" : "\tStatus: Unknown\n");
  const std::string ignored = ignored_states(report);
  if (!ports.empty()) {
    text += head + "\tPorts: " + ports + ignored + '\n';
  } else if (!ignored.empty()) {
    text += head + ignored + '\n';
  }
  if (report.timed_out) text += head + "\tStatus: Timeout\n";
  sink_.write(text);
}

void ScanGrepWriter::ended(const ScanTotals& totals) {
  sink_.write(fmt::format("# Patchbay done at {}: {} ({} up) in {:.2f} seconds{}\n",
                          rfc3339(heading_.wall_time()), format_count(totals.hosts, "host"),
                          totals.hosts_up, std::chrono::duration<double>(totals.elapsed).count(),
                          totals.complete ? "" : ", not complete"));
}

}  // namespace patchbay
