#include "patchbay/tools/scan/session/scan_summary.hpp"

#include <algorithm>
#include <utility>

#include "patchbay/tools/scan/run/port_grouping.hpp"

namespace patchbay {

namespace {

// Its open ports are told together: they say nothing of what is there.
HostReport as_answer_machine(HostReport report) {
  report.answers_everything = true;
  std::map<std::pair<ScanProtocol, AnswerReason>, PortGroup> groups;
  std::erase_if(report.ports, [&](const PortFinding& finding) {
    if (finding.answer.state != PortState::open) return false;
    PortGroup& group = groups[{finding.port.protocol, finding.answer.reason}];
    group.protocol = finding.port.protocol;
    group.state = PortState::open;
    group.reason = finding.answer.reason;
    add_port(group, finding.port.number);
    return true;
  });
  for (auto& [key, group] : groups) report.rest.push_back(std::move(group));
  return report;
}

void tell_host(const ScanSummary& summary, HostReport report, ScanOutputs& outputs) {
  if (summary.hosts_only && !report.answered) return;
  if (summary.hosts_only) {
    report.ports.clear();
    report.rest.clear();
  }
  if (summary.services.is_machine(report.address)) report = as_answer_machine(std::move(report));
  if (const auto name = summary.dns_names.find(report.address); name != summary.dns_names.end()) {
    report.dns_name = name->second;
  }
  if (report.answered) report.hardware = summary.hardware.find(report.address);
  for (PortFinding& port : report.ports) {
    const ServiceAnswer* const answer = summary.services.find(report.address, port.port);
    if (answer == nullptr) continue;
    port.service = answer->finding;
    port.verified = answer->connected;
  }
  outputs.host(report);
}

}  // namespace

void tell_hosts(const ScanSummary& summary, const Output& out, ScanOutputs& outputs) {
  for (const ScanPart& part : summary.parts) {
    if (part.is_undiscovered()) continue;  // it was broken off before: nothing is known yet
    for (std::uint64_t host = 0; host < part.plan().host_count(); ++host) {
      if (!part.run().findings().is_told_of(host)) continue;
      if (out.gone()) return;
      tell_host(summary, part.run().report(host), outputs);
    }
  }
}

ScanTotals totals_of(const std::vector<ScanPart>& parts, Instant now) {
  ScanTotals all{.complete = true};
  for (const ScanPart& part : parts) {
    const ScanTotals of_part = part.run().totals(now);
    all.hosts += of_part.hosts;
    all.hosts_up += of_part.hosts_up;
    all.targets += of_part.targets;
    const double sent = static_cast<double>(std::max<std::uint64_t>(all.sent + of_part.sent, 1));
    all.loss = (all.loss * static_cast<double>(all.sent) +
                of_part.loss * static_cast<double>(of_part.sent)) /
               sent;
    all.sent += of_part.sent;
    all.matched += of_part.matched;
    all.duplicates += of_part.duplicates;
    all.foreign += of_part.foreign;
    all.corrupt += of_part.corrupt;
    all.dropped += of_part.dropped;
    all.shortages += of_part.shortages;
    all.residual += of_part.residual;
    all.went_silent = all.went_silent || of_part.went_silent;
    all.elapsed = std::max(all.elapsed, of_part.elapsed);  // since the first one began
    all.complete = all.complete && of_part.complete;
    for (const PortState state : k_port_states) all.of(state) += of_part.of(state);
  }
  return all;
}

}  // namespace patchbay
