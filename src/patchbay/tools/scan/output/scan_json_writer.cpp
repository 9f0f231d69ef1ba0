#include "patchbay/tools/scan/output/scan_json_writer.hpp"

namespace patchbay {

void ScanJsonWriter::put(const Record& record) {
  const std::string text = record.json();
  if (shape_ == Shape::lines) {
    sink_.write(text + '\n');
    return;
  }
  sink_.write((is_first_ ? "[\n" : ",\n") + text);
  is_first_ = false;
}

void ScanJsonWriter::started(const ScanPlan& plan) {
  plan_ = &plan;
  if (out_ == nullptr) {
    Record start("start");
    put(start.text("tool", "scan")
            .text("version", heading_.version)
            .count("schema", k_scan_schema)
            .at("ts", heading_.wall_time()));
  }
  put(plan_record(plan, heading_));
}

void ScanJsonWriter::found(const IpAddress& address, const PortFinding& finding) {
  std::string name;
  if (!plan_->names.empty()) {
    const auto known = plan_->names.find(address.to_string());
    if (known != plan_->names.end()) name = known->second;
  }
  put(port_record(address, name, finding, plan_->method_for(address), heading_));
}

void ScanJsonWriter::host(const HostReport& report) {
  put(host_record(report));
  for (const PortFinding& finding : report.ports) {
    const bool may_be_told = finding.answer.state == PortState::open;
    if (may_be_told && told_.told(report.address, finding.port)) continue;
    put(port_record(report.address, report.name, finding, plan_->method_for(report.address),
                    heading_));
  }
  for (const PortFinding& finding : report.ports) {
    // The port was told when it was found, before anybody had looked again.
    if (finding.service || finding.verified) put(service_record(report.address, finding));
  }
  for (const PortGroup& group : report.rest) {
    const PortRanges ports = told_.untold(report.address, group);
    if (!ports.empty()) put(group_record(report.address, group, ports));
  }
}

void ScanJsonWriter::progress(const ScanProgress& progress) {
  if (shape_ == Shape::document) return;
  put(progress_record(progress));
}

void ScanJsonWriter::ended(const ScanTotals& totals) {
  if (out_ != nullptr) {
    add_totals(out_->totals(), totals);
    out_->complete(totals.complete);
    return;
  }
  Record end("end");
  end.at("ts", heading_.wall_time());
  add_totals(end, totals);
  put(end.flag("complete", totals.complete));
  if (shape_ == Shape::document) sink_.write("\n]\n");
}

}  // namespace patchbay
