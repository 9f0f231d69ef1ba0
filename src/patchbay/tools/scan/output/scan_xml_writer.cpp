#include "patchbay/tools/scan/output/scan_xml_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <string>
#include <vector>

#include "patchbay/base/units.hpp"
#include "patchbay/tools/scan/output/port_ranges.hpp"
#include "patchbay/tools/scan/output/scan_record.hpp"
#include "patchbay/tools/scan/output/scan_table.hpp"
#include "patchbay/tools/scan/output/xml_text.hpp"

namespace patchbay {

namespace {

constexpr std::string_view k_format_version = "1.05";
constexpr std::string_view k_script = "patchbay";

// An element's beginning, attribute by attribute, in the order in which they are given.
class Tag {
 public:
  explicit Tag(std::string_view name) : text_("<" + std::string(name)) {}
  Tag& with(std::string_view name, std::string_view value) {
    text_ += fmt::format(" {}=\"{}\"", name, escape_xml(value));
    return *this;
  }
  Tag& with(std::string_view name, std::uint64_t value) {
    return with(name, std::to_string(value));
  }
  std::string open() const { return text_ + '>'; }
  std::string empty() const { return text_ + "/>"; }

 private:
  std::string text_;
};

// "Sun Mar 01 12:00:00 2026", in UTC.
std::string date_text(WallTime at) {
  static constexpr std::array days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::weekday weekday(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
  return fmt::format("{} {} {:02} {:02}:{:02}:{:02} {}", days[weekday.c_encoding()],
                     months[static_cast<unsigned>(date.month()) - 1],
                     static_cast<unsigned>(date.day()), time.hours().count(),
                     time.minutes().count(), time.seconds().count(), static_cast<int>(date.year()));
}

std::uint64_t unix_time(WallTime at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at.time_since_epoch()).count();
  return seconds < 0 ? 0 : static_cast<std::uint64_t>(seconds);
}

std::string seconds_text(Duration time) {
  return fmt::format("{:.2f}", std::chrono::duration<double>(time).count());
}

std::string script(std::string_view output) {
  return Tag("script").with("id", k_script).with("output", output).empty();
}

std::string element(std::string_view key, std::string_view value) {
  return Tag("elem").with("key", key).open() + escape_xml(value) + "</elem>";
}

std::string certificate_elements(const ServiceFinding::Certificate& certificate) {
  std::string text =
      element("subject", certificate.subject) + element("issuer", certificate.issuer) +
      element("not_after", rfc3339(certificate.not_after)) +
      element("tls_version", certificate.tls_version) + element("alpn", certificate.alpn);
  if (certificate.names.empty()) return text;
  text += Tag("table").with("key", "names").open();
  for (const std::string& name : certificate.names) {
    text += "<elem>" + escape_xml(name) + "</elem>";
  }
  return text + "</table>";
}

// ndiff 7.93 cannot read a port that has two script elements.
std::string port_script(const PortFinding& finding) {
  const ServiceFinding::Certificate* const certificate =
      finding.service && finding.service->certificate ? &*finding.service->certificate : nullptr;
  std::string output;
  for (const std::string& flag : flags_of(finding)) output += (output.empty() ? "" : ", ") + flag;
  if (certificate == nullptr) return output.empty() ? "" : script(output);
  if (!output.empty()) output += "; ";
  output += fmt::format("{}, until {}", certificate->subject, rfc3339(certificate->not_after));
  Tag tag("script");
  return tag.with("id", k_script).with("output", output).open() +
         certificate_elements(*certificate) + "</script>";
}

std::string service_element(const PortFinding& finding, const ScanHeading& heading) {
  if (!finding.service) {
    const std::string usual = heading.usual_service(finding.port);
    if (usual.empty()) return {};
    Tag tag("service");
    return tag.with("name", usual).with("method", "table").with("conf", "3").empty();
  }
  const ServiceFinding& service = *finding.service;
  Tag tag("service");
  tag.with("name", service.service.empty() ? "unknown" : service.service);
  if (!service.product.empty()) tag.with("product", service.product);
  if (!service.version.empty()) tag.with("version", service.version);
  if (!service.info.empty()) tag.with("extrainfo", service.info);
  if (service.tls) tag.with("tunnel", "ssl");
  return tag.with("method", "probed").with("conf", "10").empty();
}

std::string port_element(const PortFinding& finding, const ScanHeading& heading) {
  const ScanAnswer& answer = finding.answer;
  std::string text = Tag("port")
                         .with("protocol", name_of(finding.port.protocol))
                         .with("portid", finding.port.number)
                         .open();
  Tag state("state");
  state.with("state", name_of(answer.state))
      .with("reason", name_of(answer.reason))
      .with("reason_ttl", answer.hop_limit);
  if (answer.by) state.with("reason_ip", answer.by->to_string());
  text += state.empty() + service_element(finding, heading) + port_script(finding);
  return text + "</port>\n";
}

std::string extrareasons(const PortGroup& group) {
  return Tag("extrareasons")
             .with("reason", name_of(group.reason))
             .with("count", group.count)
             .with("proto", name_of(group.protocol))
             .with("ports", ranges_to_string(group.ports))
             .empty() +
         '\n';
}

// One element a state, the most frequent first, with a reason for each group of it.
std::string extraports(const HostReport& report) {
  struct Extra {
    PortState state;
    std::uint64_t count = 0;
    std::string reasons = {};
  };
  std::vector<Extra> extras;
  for (const PortState state : k_port_states) extras.push_back({state});
  for (const PortGroup& group : report.rest) {
    if (!has_ports(group.protocol)) continue;
    Extra& extra = extras[static_cast<std::size_t>(group.state)];
    extra.count += group.count;
    extra.reasons += extrareasons(group);
  }
  std::ranges::sort(extras, std::ranges::greater(), &Extra::count);
  std::string text;
  for (const Extra& extra : extras) {
    if (extra.count == 0) break;
    Tag tag("extraports");
    text += tag.with("state", name_of(extra.state)).with("count", extra.count).open() + '\n' +
            extra.reasons + "</extraports>\n";
  }
  return text;
}

// In nmap's capitals.
std::string card_address(const HardwareAddress& hardware) {
  std::string text = to_string(hardware.address);
  for (char& c : text) {
    if (c >= 'a') c = static_cast<char>(c - 'a' + 'A');
  }
  Tag tag("address");
  tag.with("addr", text).with("addrtype", "mac");
  if (!hardware.maker.empty()) tag.with("vendor", hardware.maker);
  return tag.empty();
}

std::string flags_of(const HostReport& report) {
  std::string flags;
  const auto add = [&flags](bool is_set, std::string_view name) {
    if (!is_set) return;
    if (!flags.empty()) flags += ", ";
    flags += name;
  };
  add(report.answers_everything, "answers-everything");
  add(report.rate_limited, "rate-limited");
  add(report.skipped, "skipped");
  add(report.timed_out, "timed-out");
  return flags;
}

std::string scaninfo(const ScanPlan& plan, ScanProtocol protocol, std::string_view type) {
  const PortRanges ports = ports_of(plan, protocol);
  if (ports.empty()) return {};
  return Tag("scaninfo")
             .with("type", type)
             .with("protocol", name_of(protocol))
             .with("numservices", port_count(ports))
             .with("services", ranges_to_string(ports))
             .empty() +
         '\n';
}

std::string targets(const IpSet& hosts) {
  std::string text;
  const auto targets = target_texts(hosts);
  if (!targets) return text;
  for (const std::string& target : *targets) {
    text += Tag("target").with("specification", target).empty() + '\n';
  }
  return text;
}

std::string times(Duration round_trip) {
  const auto us = std::chrono::floor<std::chrono::microseconds>(round_trip).count();
  const std::string text = std::to_string(us);
  return Tag("times").with("srtt", text).with("rttvar", text).with("to", text).empty() + '\n';
}

}  // namespace

void ScanXmlWriter::started(const ScanPlan& plan) {
  const WallTime now = heading_.wall_time();
  sink_.write("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE nmaprun>\n");
  sink_.write(Tag("nmaprun")
                  .with("scanner", as_nmap_ ? "nmap" : "patchbay")
                  .with("args", heading_.command_line)
                  .with("start", unix_time(now))
                  .with("startstr", date_text(now))
                  .with("version", heading_.version)
                  .with("xmloutputversion", k_format_version)
                  .open() +
              '\n');
  sink_.write(scaninfo(plan, ScanProtocol::tcp, name_of(plan.tcp)) +
              scaninfo(plan, ScanProtocol::udp, "udp") +
              "<verbose level=\"0\"/>\n<debugging level=\"0\"/>\n" + targets(plan.hosts));
}

void ScanXmlWriter::host(const HostReport& report) {
  Tag begin("host");
  if (report.timed_out) begin.with("timedout", "true");
  std::string text = begin.open();
  text += Tag("status")
              .with("state", report.answered ? "up" : "unknown")
              .with("reason", name_of(report.reason))
              .with("reason_ttl", "0")
              .empty();
  text += '\n' + Tag("address")
                     .with("addr", report.address.to_string())
                     .with("addrtype", report.address.is_v6() ? "ipv6" : "ipv4")
                     .empty();
  if (report.hardware) text += '\n' + card_address(*report.hardware);
  text += "\n<hostnames>\n";
  if (!report.name.empty()) {
    text += Tag("hostname").with("name", report.name).with("type", "user").empty() + '\n';
  }
  if (!report.dns_name.empty()) {
    text += Tag("hostname").with("name", report.dns_name).with("type", "PTR").empty() + '\n';
  }
  text += "</hostnames>\n";
  std::string ports = extraports(report);
  for (const PortFinding& finding : report.ports) {
    if (has_ports(finding.port.protocol)) ports += port_element(finding, heading_);
  }
  if (!ports.empty()) text += "<ports>" + ports + "</ports>\n";
  const std::string flags = flags_of(report);
  if (!flags.empty()) {
    text += "<hostscript>" + script(flags) + "</hostscript>\n";
  }
  if (report.round_trip) text += times(*report.round_trip);
  sink_.write(text + "</host>\n");
}

void ScanXmlWriter::ended(const ScanTotals& totals) {
  const WallTime now = heading_.wall_time();
  const std::string elapsed = seconds_text(totals.elapsed);
  Tag finished("finished");
  finished.with("time", unix_time(now))
      .with("timestr", date_text(now))
      .with("summary", fmt::format("{}; {} up; scanned in {} seconds",
                                   format_count(totals.hosts, "host"), totals.hosts_up, elapsed))
      .with("elapsed", elapsed)
      .with("exit", totals.complete ? "success" : "error");
  if (!totals.complete) finished.with("errormsg", "the scan is not complete");
  const std::uint64_t down = totals.hosts - std::min(totals.hosts, totals.hosts_up);
  Tag hosts("hosts");
  hosts.with("up", totals.hosts_up).with("down", down).with("total", totals.hosts);
  sink_.write("<runstats>" + finished.empty() + hosts.empty() + "</runstats>\n</nmaprun>\n");
}

}  // namespace patchbay
