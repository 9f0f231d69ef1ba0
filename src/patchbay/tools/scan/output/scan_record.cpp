#include "patchbay/tools/scan/output/scan_record.hpp"

#include <fmt/format.h>

#include "patchbay/base/text.hpp"

namespace patchbay {

namespace {

std::string ports_json(const ScanPlan& plan) {
  std::string text = "{";
  for (const ScanProtocol protocol : {ScanProtocol::tcp, ScanProtocol::udp}) {
    const PortRanges ports = ports_of(plan, protocol);
    if (ports.empty()) continue;
    if (text.size() > 1) text += ',';
    text += json_string(name_of(protocol)) + ':' + json_string(ranges_to_string(ports));
  }
  return text + '}';
}

std::string_view name_of(ScanProgress::Of of) {
  switch (of) {
    case ScanProgress::Of::hosts: return "hosts";
    case ScanProgress::Of::ports: return "ports";
    case ScanProgress::Of::services: return "services";
  }
  return "";
}

void add_flags(Record& record, const std::vector<std::string>& flags) {
  if (!flags.empty()) record.list("flags", flags);
}

}  // namespace

std::optional<std::vector<std::string>> target_texts(const IpSet& hosts) {
  const std::vector<IpRange> ranges = hosts.ranges();
  if (ranges.size() > k_most_target_ranges) return std::nullopt;
  std::vector<std::string> texts;
  for (const IpRange& range : ranges) {
    const auto networks = networks_of(range);
    if (range.first == range.last) {
      texts.push_back(range.first.to_string());
    } else {
      texts.push_back(networks.size() == 1 ? networks[0].to_string() : range.to_string());
    }
  }
  return texts;
}

Record plan_record(const ScanPlan& plan, const ScanHeading& heading) {
  Record record("plan");
  if (const auto targets = target_texts(plan.hosts)) {
    record.list("targets", *targets);
  } else {
    record.null("targets");
  }
  record.json("ports", ports_json(plan))
      .count("hosts", plan.host_count())
      .count("probes", plan.targets())
      .text("method", name_of(plan.tcp))
      .text("engine", engine_name(plan.tcp))
      .flag("services", heading.probes_services);
  if (!plan.by_sockets.empty()) {
    if (const auto here = target_texts(plan.by_sockets)) record.list("connects_to", *here);
  }
  if (!plan.connects_why.empty()) record.text("connects_why", plan.connects_why);
  if (!heading.command_line.empty()) record.text("command", heading.command_line);
  return record;
}

Record port_record(const IpAddress& address, std::string_view name, const PortFinding& finding,
                   TcpMethod method, const ScanHeading& heading) {
  const ScanAnswer& answer = finding.answer;
  Record record("port");
  record.text("ip", address.to_string())
      .count("port", finding.port.number)
      .text("proto", name_of(finding.port.protocol))
      .text("state", name_of(answer.state))
      .text("reason", name_of(answer.reason));
  const std::string usual = heading.usual_service(finding.port);
  if (finding.service && !finding.service->service.empty()) {
    record.text("service", finding.service->service).text("service_method", "probed");
  } else if (!usual.empty()) {
    record.text("service", usual).text("service_method", "table");
  }
  if (answer.round_trip) record.time_us("rtt_us", *answer.round_trip);
  if (answer.attempt != 0) record.count("tries", answer.attempt);
  record.text("method", engine_name(method));
  if (answer.hop_limit != 0) record.count("ttl", answer.hop_limit);
  if (answer.by) record.text("reason_ip", answer.by->to_string());
  add_flags(record, flags_of(finding));
  if (!name.empty()) record.text("name", name);
  return record.at("ts", heading.wall_time());
}

void add_dns_name(Record& record, std::string_view dns_name) {
  if (dns_name.empty()) return;
  record.json("hostnames", fmt::format(R"([{{"name":{},"type":"PTR"}}])", json_string(dns_name)));
}

Record host_record(const HostReport& report) {
  Record record("host");
  record.text("ip", report.address.to_string());
  if (!report.name.empty()) record.text("name", report.name);
  add_dns_name(record, report.dns_name);
  record.text("state", report.answered ? "up" : "silent").text("reason", name_of(report.reason));
  if (report.round_trip) record.time_us("rtt_us", *report.round_trip);
  if (report.hardware) record.text("mac", to_string(report.hardware->address));
  if (report.hardware && !report.hardware->maker.empty()) {
    record.text("maker", report.hardware->maker);
  }
  std::vector<std::string> flags;
  if (report.rate_limited) flags.emplace_back("rate-limited");
  if (report.answers_everything) flags.emplace_back("answers-everything");
  if (report.skipped) flags.emplace_back("skipped");
  if (report.timed_out) flags.emplace_back("timed-out");
  add_flags(record, flags);
  return record;
}

Record service_record(const IpAddress& address, const PortFinding& finding) {
  const ServiceFinding service = finding.service.value_or(ServiceFinding());
  Record record("service");
  record.text("ip", address.to_string())
      .count("port", finding.port.number)
      .text("proto", name_of(finding.port.protocol))
      .text("service", service.service)
      .text("product", service.product)
      .text("version", service.version)
      .text("info", service.info)
      .flag("tls", service.tls);
  add_flags(record, flags_of(finding));
  if (!service.certificate) return record;
  const ServiceFinding::Certificate& certificate = *service.certificate;
  return record.json("certificate", Record("certificate")
                                        .text("subject", certificate.subject)
                                        .text("issuer", certificate.issuer)
                                        .list("names", certificate.names)
                                        .at("not_after", certificate.not_after)
                                        .text("tls_version", certificate.tls_version)
                                        .text("alpn", certificate.alpn)
                                        .json());
}

Record group_record(const IpAddress& address, const PortGroup& group, const PortRanges& ports) {
  Record record("group");
  return record.text("ip", address.to_string())
      .text("proto", name_of(group.protocol))
      .text("state", name_of(group.state))
      .text("reason", name_of(group.reason))
      .count("count", port_count(ports))
      .text("ports", ranges_to_string(ports));
}

Record progress_record(const ScanProgress& progress) {
  Record record("progress");
  record.text("phase", name_of(progress.of));
  record.number("done", progress.done);
  if (progress.left) {
    record.time_us("left_us", *progress.left);
  } else {
    record.null("left_us");
  }
  return record.time_us("elapsed_us", progress.elapsed)
      .count("sent", progress.sent)
      .count("answered", progress.answered)
      .count("targets", progress.targets)
      .number("per_second", progress.per_second);
}

void add_totals(Record& end, const ScanTotals& totals) {
  std::string states = "{";
  for (const PortState state : k_port_states) {
    if (states.size() > 1) states += ',';
    states += json_string(name_of(state)) + ':' + std::to_string(totals.of(state));
  }
  end.count("hosts", totals.hosts)
      .count("hosts_up", totals.hosts_up)
      .count("targets", totals.targets)
      .count("sent", totals.sent)
      .count("matched", totals.matched)
      .count("duplicates", totals.duplicates)
      .count("foreign", totals.foreign)
      .count("corrupt", totals.corrupt)
      .count("dropped", totals.dropped)
      .count("backlog_drops", totals.backlog_drops)
      .count("shortages", totals.shortages)
      .number("loss", totals.loss)
      .number("residual", totals.residual)
      .flag("went_silent", totals.went_silent)
      .time_us("elapsed_us", totals.elapsed)
      .json("states", states + '}');
}

}  // namespace patchbay
