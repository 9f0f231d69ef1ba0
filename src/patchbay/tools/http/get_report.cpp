#include "patchbay/tools/http/get_report.hpp"

#include <fmt/format.h>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"

namespace patchbay {

namespace {

std::string json_fields(const HttpFieldList& fields) {
  std::string text = "[";
  for (const auto& [name, value] : fields) {
    if (text.size() > 1) text += ',';
    text += '[' + json_string(name) + ',' + json_string(value) + ']';
  }
  return text + ']';
}

std::string json_certificate(const TlsCertificate& certificate) {
  const auto date = [](std::chrono::system_clock::time_point time) {
    return json_string(rfc3339(std::chrono::time_point_cast<std::chrono::microseconds>(time)));
  };
  std::string names = "[";
  for (const std::string& name : certificate.names) {
    if (names.size() > 1) names += ',';
    names += json_string(name);
  }
  return fmt::format(
      R"({{"subject":{},"issuer":{},"names":{}],"valid_from":{},"valid_until":{},"pin":{}}})",
      json_string(certificate.subject), json_string(certificate.issuer), names,
      date(certificate.valid_from), date(certificate.valid_until),
      json_string(certificate.pin.to_string()));
}

void add_tls(Record& record, const TlsInfo& tls) {
  record.text("tls_version", tls.version)
      .text("tls_cipher", tls.cipher)
      .flag("verified", tls.verified)
      .text("verification", tls.verification);
  if (tls.peer) record.json("certificate", json_certificate(*tls.peer));
}

// "404 Not Found". Where the server gives no reason it is the standard's.
std::string status_text(const HttpHop& hop) {
  const std::string_view reason = hop.major > 1 ? reason_phrase(hop.status) : hop.reason;
  return fmt::format("{} {}", hop.status, escape_terminal(reason));
}

}  // namespace

int exit_code_of_status(int status) {
  if (status < 400) return exit_ok;
  if (status == 401 || status == 403 || status == 407) return exit_permission;
  if (status == 404 || status == 410) return exit_not_found;
  return status < 500 ? exit_client_error : exit_server_error;
}

std::string head_text(const HttpHop& hop, std::string_view end) {
  // HTTP/2 has no reason; the blank before it is for those who read the line by its blanks.
  std::string text = fmt::format("HTTP/{} {} {}{}", hop.version(), hop.status, hop.reason, end);
  for (const auto& [name, value] : hop.fields) text += fmt::format("{}: {}{}", name, value, end);
  return text;
}

std::string styled_head(const HttpHop& hop, const Output& out) {
  const Tone tone = hop.status < 300 ? Tone::good : hop.status < 400 ? Tone::accent : Tone::bad;
  std::string text = fmt::format(
      "HTTP/{} {}\n", hop.version(),
      out.style(tone, hop.reason.empty() ? std::to_string(hop.status) : status_text(hop)));
  for (const auto& [name, value] : hop.fields) {
    text += fmt::format("{} {}\n", out.style(Tone::bold, escape_terminal(name) + ':'),
                        escape_terminal(value, {.tab = true}));
  }
  return text;
}

Record hop_record(std::string_view type, const HttpHop& hop, const TimedResolver* names) {
  const Duration lookup = hop.kept_connection || names == nullptr
                              ? Duration()
                              : std::min(names->took(hop.url.host), hop.times.connect);
  Record record(type);
  record.text("method", hop.method)
      .text("url", hop.url.to_string())
      .count("status", hop.status)
      .text("reason", hop.reason)
      .text("version", hop.version())
      .text("peer", hop.peer.to_string())
      .flag("kept_connection", hop.kept_connection)
      .time_us("dns_us", lookup)
      .time_us("connect_us", hop.times.connect - lookup)
      .time_us("tls_us", hop.times.handshake)
      .time_us("first_byte_us", hop.times.first_byte)
      .time_us("head_us", hop.times.head);
  if (hop.tls) add_tls(record, *hop.tls);
  record.json("fields", json_fields(hop.fields));
  return record;
}

void tell_hop(Output& out, const HttpHop& hop) {
  out.detail(1, fmt::format("    {} {} from {}{}: HTTP/{} {} in {}", escape_terminal(hop.method),
                            escape_terminal(hop.url.to_string()), hop.peer.to_string(),
                            hop.kept_connection ? " (the same connection)" : "", hop.version(),
                            status_text(hop), format_duration(hop.times.head)));
  if (const auto location = hop.field("location"); !location.empty()) {
    out.detail(1, fmt::format("    leads to {}", escape_terminal(location)));
  }
  if (!hop.tls) return;
  out.detail(1, fmt::format("    {}, {}, certificate {}", hop.tls->version, hop.tls->cipher,
                            escape_terminal(hop.tls->verification)));
  if (hop.tls->peer) {
    out.detail(1, fmt::format("    {}, key {}", escape_terminal(hop.tls->peer->subject),
                              hop.tls->peer->pin.to_string()));
  }
}

Failure status_failure(const HttpHop& hop) {
  Failure failure(fmt::format("cannot get {}", escape_terminal(hop.url.to_string())),
                  fmt::format("the server answered {}", status_text(hop)), "");
  if (hop.status == 401) {
    failure.remedy = "say who you are: --auth-file FILE with user:password, mode 600";
  } else if (hop.status == 404 || hop.status == 410) {
    failure.remedy = "check the path";
  } else if (hop.status == 405) {
    failure.remedy = "another method: -X METHOD";
  } else if (hop.status == 429 || hop.status == 503) {
    failure.remedy = "wait, and try again";
  }
  return failure;
}

}  // namespace patchbay
