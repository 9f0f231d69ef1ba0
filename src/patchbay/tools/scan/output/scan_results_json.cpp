#include "patchbay/tools/scan/output/scan_results_json.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/scan/output/scan_record.hpp"
#include "patchbay/tools/scan/output/scan_results_builder.hpp"

namespace patchbay {

namespace {

using nlohmann::json;

std::string text_of(const json& record, const char* key) {
  const auto found = record.find(key);
  if (found == record.end() || !found->is_string()) return {};
  return found->get_ref<const std::string&>();
}

bool flag_of(const json& record, const char* key) {
  const auto found = record.find(key);
  return found != record.end() && found->is_boolean() && found->get<bool>();
}

std::optional<std::uint64_t> number_of_key(const json& record, const char* key) {
  const auto found = record.find(key);
  if (found == record.end() || !found->is_number_unsigned()) return std::nullopt;
  return found->get<std::uint64_t>();
}

std::vector<std::string> texts_of(const json& record, const char* key) {
  std::vector<std::string> texts;
  const auto found = record.find(key);
  if (found == record.end() || !found->is_array()) return texts;
  for (const json& value : *found) {
    if (value.is_string()) texts.push_back(value.get_ref<const std::string&>());
  }
  return texts;
}

std::string dns_name_in(const json& record) {
  const auto names = record.find("hostnames");
  if (names == record.end() || !names->is_array() || names->empty()) return {};
  return names->front().is_object() ? text_of(names->front(), "name") : std::string();
}

std::string too_many_spans() {
  return fmt::format("it has more than {} ranges of ports", k_most_result_spans);
}

class RecordReader {
 public:
  // Empty, or what is wrong.
  std::string read(const json& record);
  std::expected<ScanResults, std::string> finish();

 private:
  std::string read_start(const json& record);
  void read_plan(const json& record);
  std::string read_port(const json& record);
  std::string read_group(const json& record);
  std::string read_service(const json& record);

  // The host that a record is about.
  std::expected<HostKey, std::string> host_of(const json& record);

  ScanResultsBuilder builder_;
  bool any_ = false;
};

std::string RecordReader::read(const json& record) {
  if (!record.is_object()) return "it holds something that is no record";
  const std::string type = text_of(record, "type");
  if (type == "start") return read_start(record);
  if (type == "plan") read_plan(record);
  if (type == "port") return read_port(record);
  if (type == "group") return read_group(record);
  if (type == "service") return read_service(record);
  if (type == "host") {
    const auto key = host_of(record);
    if (!key) return key.error();
    std::string name = text_of(record, "name");
    if (name.empty()) name = dns_name_in(record);
    if (!name.empty()) builder_.host(*key).name = name;
  }
  if (type == "end") builder_.results.complete = flag_of(record, "complete");
  return {};
}

std::string RecordReader::read_start(const json& record) {
  const std::string tool = text_of(record, "tool");
  if (tool != "scan") {
    return fmt::format("it is what `patchbay {}` wrote, and no scan",
                       escape_terminal(utf8_prefix(tool, 40)));
  }
  if (number_of_key(record, "schema").value_or(0) > static_cast<unsigned>(k_scan_schema)) {
    return "a newer Patchbay wrote it, in a form that this one does not know";
  }
  if (any_) builder_ = {};  // scans that were appended to one file: the last one counts
  any_ = true;
  builder_.results.scanner =
      "patchbay " + escape_terminal(utf8_prefix(text_of(record, "version"), 40));
  return {};
}

void RecordReader::read_plan(const json& record) {
  any_ = true;
  for (const std::string& target : texts_of(record, "targets")) builder_.add_target(target);
  const auto ports = record.find("ports");
  if (ports != record.end() && ports->is_object()) {
    builder_.results.tcp = parse_port_ranges(text_of(*ports, "tcp")).value_or(PortRanges());
    builder_.results.udp = parse_port_ranges(text_of(*ports, "udp")).value_or(PortRanges());
  }
  if (flag_of(record, "services")) builder_.results.probes_services = true;
}

std::expected<HostKey, std::string> RecordReader::host_of(const json& record) {
  const auto key = host_key(text_of(record, "ip"));
  if (!key) return std::unexpected("a record has no address");
  if (!builder_.add_host(*key)) {
    return std::unexpected(fmt::format("it has more than {} hosts", k_most_result_hosts));
  }
  any_ = true;
  return *key;
}

std::string RecordReader::read_port(const json& record) {
  const auto key = host_of(record);
  if (!key) return key.error();
  const auto number = number_of_key(record, "port");
  const auto protocol = protocol_named(text_of(record, "proto"));
  auto span = span_named(text_of(record, "state"));
  if (!protocol) return {};
  if (!number || *number > UINT16_MAX || !span) return "a port has no number or no state";
  span->first = span->last = static_cast<std::uint16_t>(*number);
  if (!builder_.add_span(*key, *protocol, *span)) return too_many_spans();
  const std::string name = text_of(record, "name");
  if (!name.empty()) builder_.host(*key).name = name;
  return {};
}

std::string RecordReader::read_group(const json& record) {
  const auto key = host_of(record);
  if (!key) return key.error();
  const auto protocol = protocol_named(text_of(record, "proto"));
  auto span = span_named(text_of(record, "state"));
  const auto ports = parse_port_ranges(text_of(record, "ports"));
  if (!protocol) return {};
  if (!ports || !span) return "a group has no ports or no state";
  for (const auto& [first, last] : *ports) {
    span->first = first;
    span->last = last;
    if (!builder_.add_span(*key, *protocol, *span)) return too_many_spans();
  }
  return {};
}

std::string RecordReader::read_service(const json& record) {
  const auto key = host_of(record);
  if (!key) return key.error();
  const auto number = number_of_key(record, "port");
  const auto protocol = protocol_named(text_of(record, "proto"));
  if (!number || *number > UINT16_MAX || !protocol) return "a service has no port";
  builder_.results.probes_services = true;
  const KnownService service{.name = text_of(record, "service"),
                             .product = text_of(record, "product"),
                             .version = text_of(record, "version"),
                             .tls = flag_of(record, "tls")};
  // Of a port that said nothing there is a record as well, where it was open again.
  if (service == KnownService() && text_of(record, "info").empty()) return {};
  KnownPort& port = builder_.host(*key).ports[{*protocol, static_cast<std::uint16_t>(*number)}];
  port.service = service;
  const auto certificate = record.find("certificate");
  if (certificate != record.end() && certificate->is_object()) {
    port.certificate = KnownCertificate{.subject = text_of(*certificate, "subject"),
                                        .issuer = text_of(*certificate, "issuer"),
                                        .not_after = text_of(*certificate, "not_after"),
                                        .names = texts_of(*certificate, "names")};
  }
  return {};
}

std::expected<ScanResults, std::string> RecordReader::finish() {
  if (!any_) return std::unexpected("no record of a scan is in it");
  return builder_.finish();
}

}  // namespace

std::expected<ScanResults, std::string> read_json_lines(std::string_view text) {
  RecordReader reader;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const std::size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    const bool is_cut = end == std::string_view::npos;
    text.remove_prefix(is_cut ? text.size() : end + 1);
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    const json record = json::parse(line, nullptr, false);
    if (record.is_discarded()) {
      if (is_cut) break;  // the program was killed while it wrote
      return std::unexpected(fmt::format("line {} is no JSON", number));
    }
    const std::string wrong = reader.read(record);
    if (!wrong.empty()) return std::unexpected(fmt::format("line {}: {}", number, wrong));
  }
  return reader.finish();
}

std::expected<ScanResults, std::string> read_json_document(std::string_view text) {
  RecordReader reader;
  std::string wrong;
  // Each record is read when it is whole and then dropped: only one is held at a time.
  const auto record_ended = [&](int depth, json::parse_event_t event, json& record) {
    if (depth != 1 || event != json::parse_event_t::object_end) return true;
    if (wrong.empty()) wrong = reader.read(record);
    return false;
  };
  const json document = json::parse(text, record_ended, false);
  if (document.is_discarded()) return std::unexpected("it is no whole JSON document");
  if (!wrong.empty()) return std::unexpected(wrong);
  return reader.finish();
}

}  // namespace patchbay
