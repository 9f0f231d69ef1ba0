#include "patchbay/tools/scan/scan_diff_cli.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/tools/read_file.hpp"
#include "patchbay/tools/scan/scan_report.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_kinds = 7;
using Counts = std::array<std::uint64_t, k_kinds>;

std::expected<ScanResults, int> read(const std::string& path, Output& out) {
  const auto text = read_whole_file(path, k_most_results_bytes);
  if (!text) return std::unexpected(out.fail(text.error()));
  auto results = read_scan_results(*text, path);
  if (!results) return std::unexpected(out.fail(results.error(), exit_usage));
  if (!results->complete) {
    out.warn(
        fmt::format("{} is of a scan that did not come to its end: what is not in it may only "
                    "not have been asked",
                    escape_terminal(path)));
  }
  return *std::move(results);
}

std::string ports_words(const ScanChange& change) {
  return fmt::format("{}/{}", ranges_to_string(change.ports), name_of(change.protocol));
}

Tone tone_of(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::host_new:
    case ChangeKind::opened: return Tone::good;
    case ChangeKind::host_gone:
    case ChangeKind::closed: return Tone::bad;
    case ChangeKind::state:
    case ChangeKind::service:
    case ChangeKind::certificate: return Tone::warning;
  }
  return Tone::plain;
}

void tell(const ScanDiff& diff, Output& out) {
  const HostKey* host = nullptr;
  for (const ScanChange& change : diff.changes) {
    if (out.gone()) return;
    std::string text;
    if (host == nullptr || *host != change.host) {
      text = out.style(Tone::bold, to_string(change.host));
      if (!change.name.empty()) text += fmt::format(" ({})", escape_terminal(change.name));
      text += '\n';
      host = &change.host;
    }
    out.emit(change_record(change),
             text + "  " + out.style(tone_of(change.kind), change_text(change)));
  }
}

// Ports and hosts, as they were counted.
Counts count(const ScanDiff& diff) {
  Counts counts = {};
  const HostKey* last_host = nullptr;
  for (const ScanChange& change : diff.changes) {
    std::uint64_t& count = counts[static_cast<std::size_t>(change.kind)];
    if (change.kind == ChangeKind::host_new || change.kind == ChangeKind::host_gone) {
      if (last_host == nullptr || *last_host != change.host) ++count;  // a line a protocol
    } else {
      count += port_count(change.ports);
    }
    last_host = &change.host;
  }
  return counts;
}

std::string summary(const Counts& counts) {
  const auto of = [&counts](ChangeKind kind) { return counts[static_cast<std::size_t>(kind)]; };
  return fmt::format(
      "diff: {} new, {} gone; {} opened, {} closed, {} in another state; {} changed, "
      "{} changed",
      format_count(of(ChangeKind::host_new), "host"), of(ChangeKind::host_gone),
      format_count(of(ChangeKind::opened), "port"), of(ChangeKind::closed), of(ChangeKind::state),
      format_count(of(ChangeKind::service), "service"),
      format_count(of(ChangeKind::certificate), "certificate"));
}

}  // namespace

std::string change_text(const ScanChange& change) {
  const std::string ports = ports_words(change);
  const std::string before = escape_terminal(change.before);
  const std::string after = escape_terminal(change.after);
  const std::string open = change.ports.empty() ? "nothing open" : fmt::format("{} open", ports);
  switch (change.kind) {
    case ChangeKind::host_new: return "+ new host: " + open;
    case ChangeKind::host_gone: return "- host is gone: had " + open;
    case ChangeKind::opened: return fmt::format("+ {} {}, was {}", ports, after, before);
    case ChangeKind::closed: return fmt::format("- {} {}, was {}", ports, after, before);
    case ChangeKind::state: return fmt::format("~ {} {}, was {}", ports, after, before);
    case ChangeKind::service: return fmt::format("~ {} is {}, was {}", ports, after, before);
    case ChangeKind::certificate:
      return fmt::format("~ {} certificate {}, was {}", ports, after, before);
  }
  return {};
}

Record change_record(const ScanChange& change) {
  Record record("change");
  record.text("ip", to_string(change.host));
  if (!change.name.empty()) record.text("name", change.name);
  record.text("change", name_of(change.kind));
  if (!change.ports.empty()) {
    record.text("proto", name_of(change.protocol)).text("ports", ranges_to_string(change.ports));
  }
  if (!change.before.empty()) record.text("before", change.before);
  if (!change.after.empty()) record.text("after", change.after);
  return record;
}

int run_scan_diff(const ScanDiffFlags& flags, Output& out) {
  const auto before = read(flags.before, out);
  if (!before) return before.error();
  const auto after = read(flags.after, out);
  if (!after) return after.error();
  const ScanDiff diff = compare_scans(*before, *after, {.only_open = flags.only_open});
  tell(diff, out);
  const Counts counts = count(diff);
  out.print(summary(counts));
  for (std::size_t i = 0; i < k_kinds; ++i) {
    out.totals().count(name_of(static_cast<ChangeKind>(i)), counts[i]);
  }
  out.totals()
      .count("ports_not_asked", diff.ports_not_asked)
      .count("hosts_not_asked", diff.hosts_not_asked);
  if (diff.ports_not_asked > 0) {
    out.note(fmt::format("{} in one of the scans, and not asked in the other",
                         format_count(diff.ports_not_asked, "open port")));
  }
  if (diff.hosts_not_asked > 0) {
    out.note(fmt::format("{} in one of the scans, and not asked in the other",
                         format_count(diff.hosts_not_asked, "host")));
  }
  return diff.changes.empty() ? exit_ok : exit_condition;
}

void declare_scan_diff(Command& scan) {
  auto [diff, o] = scan.add("diff", "tell what changed between two scans", run_scan_diff);
  diff.argument("OLD", file(o.before), "what a scan wrote with -oD, -oJ or -oX; nmap's XML too");
  diff.argument("NEW", file(o.after), "likewise, later");
  diff.flag("--open", toggle(o.only_open), "only ports that were open or are");
  diff.example("patchbay scan diff monday.ndjson tuesday.ndjson", "what changed over night");
  diff.example("patchbay scan diff --open old.xml new.ndjson", "nmap's XML before, ours after");
  diff.exit_code(exit_condition, "something changed");
  diff.describe(
      "Reads what two scans wrote and tells which hosts are new or gone, which ports opened, "
      "closed "
      "or changed their state, and, where both asked (-sV), which services and certificates are "
      "others than before.\n\n"
      "What one of the scans did not ask is no change: ports and hosts beyond its targets, and, "
      "where it did not come to its end, whatever is not in its file. They are counted at the "
      "end.\n\n"
      "nmap's XML does not say which hosts were asked, so a host that is missing in it counts as "
      "gone.");
}

}  // namespace patchbay
