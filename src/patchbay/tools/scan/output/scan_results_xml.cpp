#include "patchbay/tools/scan/output/scan_results_xml.hpp"

#include <expat.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <memory>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/scan/output/scan_results_builder.hpp"

namespace patchbay {

namespace {

// Attributes as expat gives them: names and values in turn, a null at the end.
class Attributes {
 public:
  explicit Attributes(const XML_Char** list) : list_(list) {}

  std::string_view operator[](std::string_view name) const {
    for (const XML_Char** at = list_; *at != nullptr; at += 2) {
      if (name == *at) return at[1];
    }
    return {};
  }

 private:
  const XML_Char** list_;
};

struct OpenPort {
  std::optional<ScanPort> port = {};  // nothing: of a protocol that is not compared
  std::optional<PortSpan> span = {};
  KnownPort known = {};
  bool in_script = false;  // in the element that has its certificate
  std::string key = {};    // of the element in it
  std::string text = {};
};

struct OpenHost {
  std::optional<HostKey> key = {};
  std::string name = {};
  bool is_down = false;
  std::vector<std::pair<ScanProtocol, PortSpan>> spans = {};
  std::map<ScanPort, KnownPort> ports = {};
  // States of which the ports are not told: they are all the others.
  std::vector<PortSpan> others = {};
  std::optional<PortSpan> extra = {};  // of the extraports element that is open
  bool extra_is_told = false;
};

class XmlReader {
 public:
  XmlReader();

  std::expected<ScanResults, std::string> read(std::string_view text);

 private:
  static constexpr std::size_t k_longest_text = 4096;

  void start(std::string_view name, const Attributes& attributes);
  void start_in_host(std::string_view name, const Attributes& attributes);
  void start_in_port(std::string_view name, const Attributes& attributes);
  void start_port(const Attributes& attributes);
  void end(std::string_view name);
  void end_element();
  void end_port();
  void end_host();
  void end_extraports();
  void add_extra_ports(const Attributes& attributes);
  void add_others(OpenHost& host);
  void characters(std::string_view text);
  void refuse(std::string why);

  static XmlReader& self(void* user) { return *static_cast<XmlReader*>(user); }

  std::unique_ptr<XML_ParserStruct, decltype(&XML_ParserFree)> parser_;
  ScanResultsBuilder builder_;
  bool has_root_ = false;
  std::optional<OpenHost> host_;
  std::optional<OpenPort> port_;
  std::string wrong_;
};

XmlReader::XmlReader() : parser_(XML_ParserCreate(nullptr), &XML_ParserFree) {
  XML_Parser parser = parser_.get();
  XML_SetUserData(parser, this);
  XML_SetElementHandler(
      parser,
      [](void* user, const XML_Char* name, const XML_Char** attributes) {
        self(user).start(name, Attributes(attributes));
      },
      [](void* user, const XML_Char* name) { self(user).end(name); });
  XML_SetCharacterDataHandler(parser, [](void* user, const XML_Char* text, int size) {
    self(user).characters({text, static_cast<std::size_t>(size)});
  });
  XML_SetEntityDeclHandler(
      parser, [](void* user, const XML_Char*, int, const XML_Char*, int, const XML_Char*,
                 const XML_Char*, const XML_Char*, const XML_Char*) {
        self(user).refuse("it declares entities, which no scanner does");
      });
}

void XmlReader::refuse(std::string why) {
  if (wrong_.empty()) wrong_ = std::move(why);
  XML_StopParser(parser_.get(), XML_FALSE);
}

std::expected<ScanResults, std::string> XmlReader::read(std::string_view text) {
  constexpr std::size_t piece = std::size_t{1} << 20;
  XML_Status status = XML_STATUS_OK;
  while (status == XML_STATUS_OK && wrong_.empty()) {
    const std::string_view part = text.substr(0, piece);
    text.remove_prefix(part.size());
    const bool is_last = text.empty();
    status = XML_Parse(parser_.get(), part.data(), static_cast<int>(part.size()), is_last);
    if (is_last) break;
  }
  if (!wrong_.empty()) return std::unexpected(wrong_);
  const XML_Error error = XML_GetErrorCode(parser_.get());
  const bool is_cut = error == XML_ERROR_NO_ELEMENTS || error == XML_ERROR_UNCLOSED_TOKEN ||
                      error == XML_ERROR_PARTIAL_CHAR;
  if (status != XML_STATUS_OK && !(is_cut && has_root_)) {
    return std::unexpected(
        fmt::format("line {}, column {}: {}", XML_GetCurrentLineNumber(parser_.get()),
                    XML_GetCurrentColumnNumber(parser_.get()) + 1, XML_ErrorString(error)));
  }
  if (status != XML_STATUS_OK) builder_.results.complete = false;
  return builder_.finish();
}

void XmlReader::start(std::string_view name, const Attributes& attributes) {
  ScanResults& results = builder_.results;
  if (!has_root_) {
    if (name != "nmaprun") return refuse("it is XML, but no scan's");
    has_root_ = true;
    results.scanner = escape_terminal(
        utf8_prefix(fmt::format("{} {}", attributes["scanner"], attributes["version"]), 80));
    return;
  }
  if (port_) return start_in_port(name, attributes);
  if (host_) return start_in_host(name, attributes);
  if (name == "host") host_.emplace();
  if (name == "scaninfo") {
    const auto protocol = protocol_named(attributes["protocol"]);
    const auto ports = parse_port_ranges(attributes["services"]);
    if (!protocol || !ports) return;
    (*protocol == ScanProtocol::udp ? results.udp : results.tcp) = *ports;
  }
  // nmap names those only that it left out.
  if (name == "target" && attributes["status"] != "skipped") {
    builder_.add_target(attributes["specification"]);
  }
  if (name == "finished") results.complete = attributes["exit"] != "error";
}

void XmlReader::start_in_host(std::string_view name, const Attributes& attributes) {
  if (name == "status") host_->is_down = attributes["state"] == "down";
  if (name == "address" && attributes["addrtype"] != "mac" && !host_->key) {
    host_->key = host_key(attributes["addr"]);
  }
  if (name == "hostname" && (host_->name.empty() || attributes["type"] == "user")) {
    host_->name = utf8_prefix(attributes["name"], k_longest_text);
  }
  if (name == "extraports") {
    host_->extra = span_named(attributes["state"]);
    host_->extra_is_told = false;
  }
  if (name == "extrareasons") add_extra_ports(attributes);
  if (name == "port") start_port(attributes);
}

void XmlReader::add_extra_ports(const Attributes& attributes) {
  const auto protocol = protocol_named(attributes["proto"]);
  const auto ports = parse_port_ranges(attributes["ports"]);
  if (!host_->extra || !ports || ports->empty()) return;
  host_->extra_is_told = true;
  if (!protocol) return;
  for (const auto& [first, last] : *ports) {
    PortSpan span = *host_->extra;
    span.first = first;
    span.last = last;
    host_->spans.emplace_back(*protocol, span);
  }
}

void XmlReader::start_port(const Attributes& attributes) {
  port_.emplace();
  const std::string_view text = attributes["portid"];
  std::uint16_t number = 0;
  const auto [stop, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto protocol = protocol_named(attributes["protocol"]);
  if (!protocol || fault != std::errc() || stop != text.data() + text.size()) return;
  port_->port = ScanPort{*protocol, number};
}

void XmlReader::start_in_port(std::string_view name, const Attributes& attributes) {
  if (name == "state") port_->span = span_named(attributes["state"]);
  if (name == "service" && attributes["method"] == "probed") {
    builder_.results.probes_services = true;
    port_->known.service = KnownService{.name = std::string(attributes["name"]),
                                        .product = std::string(attributes["product"]),
                                        .version = std::string(attributes["version"]),
                                        .tls = attributes["tunnel"] == "ssl"};
  }
  if (name == "script") {
    port_->in_script = attributes["id"] == "patchbay";
  }
  if (name == "table") port_->key = attributes["key"];
  if (name == "elem") {
    if (!attributes["key"].empty()) port_->key = attributes["key"];
    port_->text.clear();
  }
}

void XmlReader::characters(std::string_view text) {
  if (!port_ || !port_->in_script) return;
  port_->text += text.substr(0, k_longest_text - std::min(k_longest_text, port_->text.size()));
}

void XmlReader::end(std::string_view name) {
  if (port_) {
    if (name == "elem") end_element();
    if (name == "script") port_->in_script = false;
    if (name == "port") end_port();
    return;
  }
  if (!host_) return;
  if (name == "extraports") end_extraports();
  if (name == "host") end_host();
}

void XmlReader::end_element() {
  if (!port_->in_script) return;
  if (!port_->known.certificate) port_->known.certificate.emplace();
  KnownCertificate& certificate = *port_->known.certificate;
  if (port_->key == "subject") certificate.subject = port_->text;
  if (port_->key == "issuer") certificate.issuer = port_->text;
  if (port_->key == "not_after") certificate.not_after = port_->text;
  if (port_->key == "names") certificate.names.push_back(port_->text);
}

void XmlReader::end_port() {
  if (port_->port && port_->span) {
    PortSpan span = *port_->span;
    span.first = span.last = port_->port->number;
    host_->spans.emplace_back(port_->port->protocol, span);
    if (port_->known.service || port_->known.certificate) {
      host_->ports[*port_->port] = std::move(port_->known);
    }
  }
  port_.reset();
}

void XmlReader::end_extraports() {
  if (host_->extra && !host_->extra_is_told) host_->others.push_back(*host_->extra);
  host_->extra.reset();
}

// Old nmaps say how many the others are, and not which: all that were asked and are not told.
void XmlReader::add_others(OpenHost& host) {
  if (host.others.empty()) return;
  PortSpan span = host.others.front();
  if (host.others.size() > 1) span = {.state = PortState::filtered, .vague = true};
  for (const ScanProtocol protocol : {ScanProtocol::tcp, ScanProtocol::udp}) {
    PortRanges told;
    for (const auto& [of, known] : host.spans) {
      if (of == protocol) told.emplace_back(known.first, known.last);
    }
    for (const auto& [first, last] :
         without(builder_.results.asked(protocol), normalized(std::move(told)))) {
      span.first = first;
      span.last = last;
      host.spans.emplace_back(protocol, span);
    }
  }
}

void XmlReader::end_host() {
  OpenHost host = std::move(*host_);
  host_.reset();
  if (!host.key || host.is_down) return;
  if (!builder_.add_host(*host.key)) {
    return refuse(fmt::format("it has more than {} hosts", k_most_result_hosts));
  }
  add_others(host);
  for (const auto& [protocol, span] : host.spans) {
    if (builder_.add_span(*host.key, protocol, span)) continue;
    return refuse(fmt::format("it has more than {} ranges of ports", k_most_result_spans));
  }
  KnownHost& known = builder_.host(*host.key);
  known.name = std::move(host.name);
  known.ports = std::move(host.ports);
}

}  // namespace

std::expected<ScanResults, std::string> read_xml_results(std::string_view text) {
  return XmlReader().read(text);
}

}  // namespace patchbay
