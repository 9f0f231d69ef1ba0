#include "patchbay/tools/scan/session/resume_file.hpp"

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "patchbay/tools/scan/run/whole_number.hpp"
#include "patchbay/wire/base64.hpp"

namespace patchbay {

namespace {

using Json = nlohmann::json;

// 3: a first line, services, and what was seen of losses.
constexpr int k_schema = 3;
constexpr const char* k_type = "patchbay-scan-checkpoint";
constexpr unsigned k_most_intensity = 9;
// The years that a date can be written for.
constexpr std::int64_t k_first_second = -62'135'596'800;
constexpr std::int64_t k_last_second = 253'402'300'799;

// --- the first line ------------------------------------------------------------------------------

struct Head {
  ScanAims aims;
  std::optional<std::vector<IpAddress>> machines = {};
  std::uint64_t parts = 0;  // so many lines follow, those of ways included,
  std::uint64_t ports = 0;  // … and so many after them
};

Json json_of(const Head& head) {
  const ScanAims& aims = head.aims;
  Json json = {
      {"type", k_type},          {"schema", k_schema},  {"hosts_only", aims.hosts_only},
      {"resolve", aims.resolve}, {"services", nullptr}, {"exclude_ports", aims.exclude_ports},
      {"machines", nullptr},     {"parts", head.parts}, {"ports", head.ports}};
  if (aims.services) {
    json["services"] = {{"intensity", aims.services->intensity},
                        {"allow_ot", aims.services->allow_ot}};
  }
  if (!head.machines) return json;
  json["machines"] = Json::array();
  for (const IpAddress& machine : *head.machines) json["machines"].push_back(machine.to_string());
  return json;
}

std::optional<Head> head_in(const Json& json) {
  Head head{.aims = {.hosts_only = json.at("hosts_only").get<bool>(),
                     .resolve = json.at("resolve").get<bool>()},
            .parts = whole<std::uint64_t>(json.at("parts")),
            .ports = whole<std::uint64_t>(json.at("ports"))};
  json.at("exclude_ports").get_to(head.aims.exclude_ports);
  if (const Json& services = json.at("services"); !services.is_null()) {
    head.aims.services = {.intensity = whole<unsigned>(services.at("intensity")),
                          .allow_ot = services.at("allow_ot").get<bool>()};
    if (head.aims.services->intensity > k_most_intensity) return std::nullopt;
  }
  const Json& machines = json.at("machines");
  if (machines.is_null()) return head;
  head.machines.emplace();
  for (const Json& machine : machines) {
    const auto address = IpAddress::parse(machine.get<std::string>());
    if (!address) return std::nullopt;
    head.machines->push_back(*address);
  }
  return head;
}

// --- services ------------------------------------------------------------------------------------

// Others' words may be any bytes.
std::string bytes_of(const Json& text) {
  auto bytes = decode_base64(text.get_ref<const std::string&>());
  if (!bytes) throw Json::type_error::create(302, "it is no base64", &text);
  return std::move(*bytes);
}

Json json_of(const ServiceFinding::Certificate& certificate) {
  Json names = Json::array();
  for (const std::string& name : certificate.names) names.push_back(encode_base64(name));
  return {{"subject", encode_base64(certificate.subject)},
          {"issuer", encode_base64(certificate.issuer)},
          {"names", std::move(names)},
          {"not_after", certificate.not_after.time_since_epoch().count()},
          {"tls_version", encode_base64(certificate.tls_version)},
          {"alpn", encode_base64(certificate.alpn)}};
}

Json json_of(const ServiceFinding& finding) {
  return {{"service", encode_base64(finding.service)},
          {"product", encode_base64(finding.product)},
          {"version", encode_base64(finding.version)},
          {"info", encode_base64(finding.info)},
          {"tls", finding.tls},
          {"certificate", finding.certificate ? json_of(*finding.certificate) : Json()}};
}

ServiceFinding::Certificate certificate_in(const Json& json) {
  const auto* const second = json.at("not_after").get_ptr<const Json::number_integer_t*>();
  if (second == nullptr || *second < k_first_second || *second > k_last_second) {
    throw Json::type_error::create(302, "it is no date", &json);
  }
  ServiceFinding::Certificate certificate{
      .subject = bytes_of(json.at("subject")),
      .issuer = bytes_of(json.at("issuer")),
      .names = {},
      .not_after = std::chrono::sys_seconds(std::chrono::seconds(*second)),
      .tls_version = bytes_of(json.at("tls_version")),
      .alpn = bytes_of(json.at("alpn"))};
  for (const Json& name : json.at("names")) certificate.names.push_back(bytes_of(name));
  return certificate;
}

ServiceFinding finding_in(const Json& json) {
  ServiceFinding finding{.service = bytes_of(json.at("service")),
                         .product = bytes_of(json.at("product")),
                         .version = bytes_of(json.at("version")),
                         .info = bytes_of(json.at("info")),
                         .tls = json.at("tls").get<bool>()};
  const Json& certificate = json.at("certificate");
  if (!certificate.is_null()) finding.certificate = certificate_in(certificate);
  return finding;
}

Json json_of(const ServiceAnswers::value_type& one) {
  const auto& [target, answer] = one;
  const auto& [address, port] = target;
  return {{"ip", address.to_string()},
          {"port", {static_cast<int>(port.protocol), port.number}},
          {"connected", answer.connected},
          {"finding", answer.finding ? json_of(*answer.finding) : Json()}};
}

// Whether it is one, and of a port that no other line is about.
bool take_answer(ServiceAnswers& answers, const Json& json) {
  const auto address = IpAddress::parse(json.at("ip").get<std::string>());
  const auto protocol = whole<unsigned>(json.at("port").at(0));
  if (!address || protocol > static_cast<unsigned>(ScanProtocol::udp)) return false;
  const ScanPort port{.protocol = static_cast<ScanProtocol>(protocol),
                      .number = whole<std::uint16_t>(json.at("port").at(1))};
  ServiceAnswer answer{.asked = true, .connected = json.at("connected").get<bool>()};
  const Json& finding = json.at("finding");
  if (!finding.is_null()) answer.finding = finding_in(finding);
  return answers.emplace(std::pair(*address, port), std::move(answer)).second;
}

// --- all of it -----------------------------------------------------------------------------------

std::string line_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string_view next_line(std::string_view& text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(text.size(), line.size() + 1));
  return line;
}

// Nothing: something is not as write_resume_file() writes it.
std::optional<ResumeFile> file_in(const Json& first, std::string_view text) {
  auto head = head_in(first);
  if (!head) return std::nullopt;
  ResumeFile file{.aims = std::move(head->aims), .services = {.machines = head->machines}};
  for (; head->parts > 0 && !text.empty(); --head->parts) {
    auto part = ScanCheckpoint::parse(next_line(text));
    if (!part) return std::nullopt;
    (part->plan.one_answer_is_enough ? file.ways : file.parts).push_back(std::move(*part));
  }
  for (; head->ports > 0 && !text.empty(); --head->ports) {
    const Json json = Json::parse(next_line(text), nullptr, false);
    if (!take_answer(file.services.answers, json)) return std::nullopt;
  }
  const bool is_whole = head->parts == 0 && head->ports == 0 && text.empty();
  const bool has_targets =
      file.aims.hosts_only ? file.parts.empty() && !file.ways.empty() : !file.parts.empty();
  if (!is_whole || !has_targets) return std::nullopt;
  return file;
}

}  // namespace

// Its parts differ in whom they ask, and how.
ScanPlan ResumeFile::plan() const {
  const std::vector<ScanCheckpoint>& asked = aims.hosts_only ? ways : parts;
  const auto by_packets = std::ranges::find_if(
      asked, [](const ScanCheckpoint& one) { return one.plan.tcp != TcpMethod::connect; });
  ScanPlan plan = by_packets == asked.end() ? asked.back().plan : by_packets->plan;
  std::vector<IpRange> hosts;
  std::vector<IpRange> by_sockets;
  for (const ScanCheckpoint& one : asked) {
    const std::vector<IpRange> more = one.plan.hosts.ranges();
    hosts.insert(hosts.end(), more.begin(), more.end());
    if (one.plan.tcp != plan.tcp && one.plan.tcp == TcpMethod::connect) {
      by_sockets.insert(by_sockets.end(), more.begin(), more.end());
    }
    plan.names.insert(one.plan.names.begin(), one.plan.names.end());
  }
  plan.hosts = IpSet(hosts);
  plan.by_sockets = IpSet(by_sockets);
  if (!aims.hosts_only) return plan;
  plan.ports.clear();
  plan.likely_ports = 0;
  plan.one_answer_is_enough = false;
  return plan;
}

bool ResumeFile::needs_packets() const {
  const auto needs = [](const ScanCheckpoint& one) {
    return one.plan.tcp != TcpMethod::connect && !one.position.is_whole;
  };
  return std::ranges::any_of(ways, needs) || std::ranges::any_of(parts, needs);
}

void ResumeFile::write(const TextSink& sink) const {
  write_resume_file({.aims = aims,
                     .services = services,
                     .parts = ways.size() + parts.size(),
                     .write_parts =
                         [this](const TextSink& into) {
                           for (const ScanCheckpoint& way : ways) way.write(into);
                           for (const ScanCheckpoint& part : parts) part.write(into);
                         }},
                    sink);
}

void write_resume_file(const ResumeText& text, const TextSink& sink) {
  sink(line_of(json_of(Head{.aims = text.aims,
                            .machines = text.services.machines,
                            .parts = text.parts,
                            .ports = text.services.answers.size()})));
  text.write_parts(sink);
  for (const auto& answer : text.services.answers) sink(line_of(json_of(answer)));
}

std::expected<ResumeFile, Failure> ResumeFile::parse(std::string_view text) {
  if (text.empty()) return std::unexpected(Failure({}, "it is empty", "scan TARGET anew"));
  const Json first = Json::parse(next_line(text), nullptr, false);
  if (!first.is_object() || first.value("type", Json()) != Json(k_type)) {
    return std::unexpected(Failure({}, "it is no checkpoint of a scan", "scan TARGET anew"));
  }
  if (first.value("schema", Json()) != Json(k_schema)) {
    return std::unexpected(
        Failure({}, "another version of Patchbay wrote it", "go on with that version"));
  }
  std::optional<ResumeFile> file;
  try {
    file = file_in(first, text);
  } catch (const Json::exception&) {  // a member that is not there, or of another type
    file.reset();
  }
  if (file) return std::move(*file);
  return std::unexpected(
      Failure({}, "something in it was changed or is cut off", "scan TARGET anew"));
}

}  // namespace patchbay
