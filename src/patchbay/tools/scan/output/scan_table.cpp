#include "patchbay/tools/scan/output/scan_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/tools/scan/count_text.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_columns = 5;
constexpr std::size_t k_longest_word = 160;  // of what a peer sent; bytes
constexpr std::size_t k_most_names = 3;      // of a certificate

using Row = std::array<std::string, k_columns>;

// Characters, which is what a column is as wide as: nothing in it is wider or narrower than one,
// but for scripts that are no service's name.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string padded(std::string text, std::size_t width) {
  const std::size_t has = width_of(text);
  if (has < width) text.append(width - has, ' ');
  return text;
}

// A peer's words, fit for a line of a table.
std::string word(std::string_view text) {
  const std::string_view part = utf8_prefix(text, k_longest_word);
  return escape_terminal(part) + (part.size() < text.size() ? "…" : "");
}

void add(std::string& text, std::string_view separator, std::string_view part) {
  if (part.empty()) return;
  if (!text.empty()) text += separator;
  text += part;
}

Tone tone_of(PortState state) {
  switch (state) {
    case PortState::open: return Tone::good;
    case PortState::closed: return Tone::dim;
    case PortState::filtered: return Tone::warning;
    case PortState::open_or_filtered: return Tone::warning;
    case PortState::unfiltered: return Tone::accent;
  }
  return Tone::plain;
}

std::string time_left(std::chrono::sys_seconds not_after, WallTime now) {
  const auto days = std::chrono::floor<std::chrono::days>(not_after - now).count();
  const auto count = format_count(static_cast<std::uint64_t>(days < 0 ? -days : days), "day");
  return not_after <= now ? fmt::format("expired {} ago", count) : count + " left";
}

std::string certificate_words(const ServiceFinding::Certificate& certificate, WallTime now) {
  std::string words = word(certificate.tls_version);
  add(words, ", ", word(certificate.subject));
  std::size_t told = 0;
  for (const std::string& name : certificate.names) {
    if (certificate.subject == "CN=" + name) continue;
    if (told++ == k_most_names) break;
    add(words, ", ", word(name));
  }
  if (told > k_most_names) words += ", …";
  add(words, ", ", time_left(certificate.not_after, now));
  if (!certificate.alpn.empty()) add(words, ", ", "ALPN " + word(certificate.alpn));
  return words;
}

std::string loss_words(double loss) { return fmt::format("{:.1f} %", loss * 100); }

std::string residual_words(double residual) {
  if (residual < 0.001) return "< 0.001";
  return fmt::format("{:.3g}", residual);
}

}  // namespace

std::string ScanTable::style(Tone tone, std::string text) const {
  return options_.colors == nullptr ? text : options_.colors->style(tone, text);
}

std::string ScanTable::host(const HostReport& report) const {
  std::string text = head(report);
  const auto line = [&text](const std::string& words) { text += '\n' + words; };
  const std::string ports = port_lines(report);
  if (!ports.empty()) line(ports);
  const std::string others = rest(report);
  if (!others.empty()) line(others);
  if (report.answers_everything) {
    line(
        style(Tone::warning,
              "answers everything: all ports look open, so what they say of services is no proof"));
  }
  if (report.rate_limited) {
    line(style(Tone::warning,
               "rate-limited: it holds answers back, so a silent port may be a closed one"));
  }
  if (report.skipped) {
    line(style(Tone::warning, "skipped: its silent ports were not asked to the end"));
  }
  if (report.timed_out) {
    line(style(Tone::warning,
               "timed out: it took longer than --host-timeout, and was not asked to the end"));
  }
  return text;
}

std::string ScanTable::head(const HostReport& report) const {
  std::string text = style(Tone::bold, report.address.to_string());
  std::string names = word(report.name);
  if (report.dns_name != report.name) add(names, ", ", word(report.dns_name));
  if (!names.empty()) text += fmt::format(" ({})", names);
  text += report.answered ? "  up" : "  silent";
  if (report.round_trip) text += ", " + format_duration(*report.round_trip);
  if (report.answered) text += fmt::format("  via {}", name_of(report.reason));
  if (!report.hardware) return text;
  text += "  " + to_string(report.hardware->address);
  if (const std::string maker = word(report.hardware->maker); !maker.empty()) {
    text += fmt::format(" ({})", maker);
  }
  return text;
}

std::string ScanTable::port_lines(const HostReport& report) const {
  std::vector<Row> rows = {{"PORT", "STATE", "SERVICE", "REASON", "INFO"}};
  std::vector<Tone> tones = {Tone::dim};
  for (const PortFinding& finding : report.ports) {
    if (!has_ports(finding.port.protocol)) continue;
    rows.push_back({fmt::format("{}/{}", finding.port.number, name_of(finding.port.protocol)),
                    std::string(name_of(finding.answer.state)), service(finding), reason(finding),
                    info(finding)});
    tones.push_back(tone_of(finding.answer.state));
  }
  if (rows.size() == 1) return {};
  std::array<std::size_t, k_columns> widths = {};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < k_columns; ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::string line;
    for (std::size_t column = 0; column < k_columns; ++column) {
      const bool toned = i == 0 || column == 1;
      // Colour goes around the word and not around what fills its column.
      const std::string& cell = rows[i][column];
      if (column > 0) line += "  ";
      line += cell.empty() ? cell : (toned ? style(tones[i], cell) : cell);
      if (column + 1 < k_columns) line += padded({}, widths[column] - width_of(cell));
    }
    line.erase(line.find_last_not_of(' ') + 1);
    add(text, "\n", line);
  }
  return text;
}

std::string ScanTable::service(const PortFinding& finding) const {
  if (finding.service) {
    const std::string name = word(finding.service->service);
    if (!finding.service->tls) return name;
    if (name == "http") return "https";
    return name.empty() ? "tls" : "tls/" + name;
  }
  std::string usual = word(heading_.usual_service(finding.port));
  const bool is_open = finding.answer.state == PortState::open;
  // It was asked and did not say so.
  if (!usual.empty() && heading_.probes_services && is_open) usual += '?';
  return usual;
}

std::string ScanTable::reason(const PortFinding& finding) const {
  const ScanAnswer& answer = finding.answer;
  std::string text(name_of(answer.reason));
  if (!options_.details) return text;
  if (answer.hop_limit != 0) text += fmt::format(" ttl {}", answer.hop_limit);
  if (answer.round_trip) add(text, ", ", format_duration(*answer.round_trip));
  if (answer.attempt > 1) text += fmt::format(", try {}", answer.attempt);
  if (finding.verified) text += ", verified";
  return text;
}

std::string ScanTable::info(const PortFinding& finding) const {
  std::string text;
  if (const auto& service = finding.service) {
    std::string product = word(service->product);
    add(product, " ", word(service->version));
    if (!product.empty()) text = product + " (probed)";
    if (service->certificate) {
      add(text, "; ", service->tls ? "" : "STARTTLS");
      add(text, service->tls ? "; " : " ",
          certificate_words(*service->certificate, heading_.wall_time()));
    }
    if (!service->info.empty()) add(text, "; ", '"' + word(service->info) + '"');
  }
  if (finding.answer.by) add(text, "; ", "from " + finding.answer.by->to_string());
  if (finding.answer.zero_window) {
    add(text, "; ", "zero window: takes no data, as a proxy or a tarpit would");
  }
  return text;
}

std::string ScanTable::rest(const HostReport& report) const {
  std::string text;
  std::string ranges;
  for (const PortGroup& group : report.rest) {
    if (!has_ports(group.protocol) || group.count == 0) continue;
    const std::string_view protocol = group.protocol == ScanProtocol::udp ? " udp" : "";
    const std::string what = fmt::format("{} {}{} ({})", grouped(group.count), name_of(group.state),
                                         protocol, name_of(group.reason));
    add(text, ", ", what);
    if (options_.ranges) {
      ranges += fmt::format("\n  {}{} ({}): {}", name_of(group.state), protocol,
                            name_of(group.reason), ranges_to_string(group.ports));
    }
  }
  if (text.empty()) return {};
  return style(Tone::dim, "not shown: " + text + ranges);
}

std::string ScanTable::totals(const ScanTotals& totals, std::uint64_t ports) const {
  std::string hosts = grouped(totals.hosts) + (totals.hosts == 1 ? " host" : " hosts");
  if (totals.hosts != 1 || totals.hosts_up == 0) {
    hosts += fmt::format(" ({} up)", grouped(totals.hosts_up));
  }
  std::string text = fmt::format("scan: {}", hosts);
  if (ports > 0) text += fmt::format(", {} {}", grouped(ports), ports == 1 ? "port" : "ports");
  text += fmt::format(", {}; sent {}; loss {}; local drops {}", format_duration(totals.elapsed),
                      grouped(totals.sent), loss_words(totals.loss), grouped(totals.dropped));
  if (totals.backlog_drops > 0) {
    text += fmt::format(" (and {} before any socket)", grouped(totals.backlog_drops));
  }
  if (totals.shortages > 0) {
    text += fmt::format("; {} put off for want of descriptors, ports or buffers",
                        grouped(totals.shortages));
  }
  if (totals.corrupt > 0) {
    text += fmt::format("; {} not believed for a wrong checksum", grouped(totals.corrupt));
  }
  if (totals.went_silent) text += "; nobody answered any more at the end";
  text += "; expected missed open ports " + residual_words(totals.residual);
  if (!totals.complete) text += "; " + style(Tone::warning, "not complete");
  return text;
}

}  // namespace patchbay
