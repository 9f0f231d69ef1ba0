#include "patchbay/tools/scan/targets/scan_listing.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/tools/scan/count_text.hpp"
#include "patchbay/tools/scan/output/port_ranges.hpp"
#include "patchbay/tools/scan/output/scan_record.hpp"
#include "patchbay/tools/scan/scan_engine.hpp"
#include "patchbay/tools/scan/scan_report.hpp"
#include "patchbay/tools/scan/targets/host_names.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_piece = 64 * 1024;   // written at a time
constexpr std::size_t k_longest_ports = 60;  // characters of a list of ports
// Each hundreds have a minute (HostNamesOptions).
constexpr std::size_t k_names_at_a_time = 500;

// `name` is the user's word for it, `dns_name` what its address is called (-R).
std::string target_line(const IpAddress& address, std::string_view name, std::string_view dns_name,
                        bool json) {
  const std::string ip = address.to_string();
  if (json) {
    Record record("target");
    record.text("ip", ip);
    if (!name.empty()) record.text("name", name);
    add_dns_name(record, dns_name);
    return record.json() + "\n";
  }
  std::string names = escape_terminal(name);
  if (!dns_name.empty() && dns_name != name) {
    names += (names.empty() ? "" : ", ") + escape_terminal(dns_name);
  }
  return names.empty() ? ip + "\n" : fmt::format("{} ({})\n", ip, names);
}

std::string_view name_of_host(const TargetSet& targets, const IpAddress& address) {
  if (targets.names.empty()) return {};
  const auto found = targets.names.find(address.to_string());
  return found == targets.names.end() ? std::string_view() : found->second;
}

std::uint64_t bounded(IpNumber number) {
  return static_cast<std::uint64_t>(std::min<IpNumber>(number, UINT64_MAX));
}

void tell_count(const TargetSet& targets, Output& out) {
  const IpNumber size = targets.hosts.size();
  out.totals()
      .count("targets", bounded(size))
      .count("excluded", bounded(targets.excluded))
      .count("excluded_always", bounded(targets.excluded_always));
  const std::string excluded = exclusions_to_string(targets);
  out.note(fmt::format("{}{}{}; nothing was sent", counted(size, "address"),
                       excluded.empty() ? "" : "; ", excluded));
}

// "3 ports tcp (22,80,443)"; without the list where that is too long.
std::string ports_to_string(const ScanPlan& plan, ScanProtocol protocol) {
  if (std::ranges::find(plan.ports, protocol, &ScanPort::protocol) == plan.ports.end()) return {};
  if (protocol != ScanProtocol::tcp && protocol != ScanProtocol::udp) {
    return std::string(name_of(protocol));
  }
  const PortRanges ranges = ports_of(plan, protocol);
  const std::string list = ranges_to_string(ranges);
  const std::string count = counted(port_count(ranges), "port");
  if (list.size() > k_longest_ports) return fmt::format("{} {}", count, name_of(protocol));
  return fmt::format("{} {} ({})", count, name_of(protocol), list);
}

std::string all_ports_to_string(const ScanPlan& plan) {
  std::string all;
  for (const ScanProtocol protocol :
       {ScanProtocol::tcp, ScanProtocol::udp, ScanProtocol::ping, ScanProtocol::neighbour}) {
    const std::string some = ports_to_string(plan, protocol);
    if (!some.empty()) all += (all.empty() ? "" : ", ") + some;
  }
  return all;
}

// Each once, though two ways ask it.
std::string discovery_to_string(const std::vector<ScanPlan>& ways) {
  ScanPlan all;
  for (const ScanPlan& way : ways) {
    if (way.hosts.empty()) continue;
    for (const ScanPort& port : way.ports) {
      if (std::ranges::count(all.ports, port) == 0) all.ports.push_back(port);
    }
  }
  return all_ports_to_string(all);
}

std::string span_to_string(std::string least, std::string most) {
  return least == most ? std::move(least) : fmt::format("{} to {}", least, most);
}

// In powers of ten, as links are counted.
std::string wire_size(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  double value = static_cast<double>(bytes);
  std::size_t prefix = 0;
  constexpr std::string_view k_prefixes = "kMGTPE";
  for (value /= 1000; value >= 999.5 && prefix + 1 < k_prefixes.size(); ++prefix) value /= 1000;
  return fmt::format("{:.3g} {}B", value, k_prefixes[prefix]);
}

bool asks_ports(const DryRunFacts& facts) { return !facts.plan.ports.empty(); }

Record dry_run_record(const DryRunFacts& facts, const ScanForecast& first) {
  const ScanForecast& forecast = asks_ports(facts) ? facts.forecast : first;
  Record record("dry_run");
  record.count("hosts", facts.plan.host_count())
      .count("public_hosts", forecast.public_hosts)
      .count("ports", facts.plan.ports.size())
      .count("targets", forecast.targets)
      .count("excluded", bounded(facts.targets.excluded))
      .count("excluded_always", bounded(facts.targets.excluded_always))
      .count("least_probes", forecast.least_probes)
      .count("most_probes", forecast.most_probes)
      .bytes("least_bytes", forecast.least_bytes)
      .bytes("most_bytes", forecast.most_bytes)
      .time_us("least_us", forecast.least_time)
      .time_us("most_us", forecast.most_time)
      .text("engine", facts.engine);
  if (asks_ports(facts) && !facts.discovery.empty()) {
    record.count("discovery_least_probes", first.least_probes)
        .count("discovery_most_probes", first.most_probes);
  }
  if (!facts.plan.by_sockets.empty()) {
    if (const auto here = target_texts(facts.plan.by_sockets)) record.list("connects_to", *here);
    if (!facts.plan.connects_why.empty()) record.text("connects_why", facts.plan.connects_why);
  }
  if (facts.why.empty()) return record;
  return record.text("engine_why", facts.why);
}

}  // namespace

void list_targets(const TargetSet& targets, Output& out) {
  const IpNumber size = targets.hosts.size();
  std::string piece;
  for (IpNumber i = 0; i < size && !out.gone(); ++i) {
    const IpAddress address = targets.hosts.at(i);
    piece += target_line(address, name_of_host(targets, address), {}, out.json());
    if (piece.size() < k_piece) continue;
    if (!out.write(piece)) return;
    piece.clear();
  }
  if (!piece.empty()) out.write(piece);
  tell_count(targets, out);
}

Task<> list_named_targets(const TargetSet& targets, Output& out) {
  const IpNumber size = targets.hosts.size();
  std::size_t failed = 0;
  std::optional<Error> failure;
  for (IpNumber first = 0; first < size && !out.gone(); first += k_names_at_a_time) {
    std::vector<IpAddress> some;
    const IpNumber end = std::min<IpNumber>(size, first + k_names_at_a_time);
    for (IpNumber i = first; i < end; ++i) some.push_back(targets.hosts.at(i));
    const auto found = co_await look_up_hosts(some);
    if (!found) co_return;
    std::string piece;
    for (const IpAddress& address : some) {
      const auto name = found->names.find(address);
      const bool has_name = name != found->names.end();
      piece += target_line(address, name_of_host(targets, address),
                           has_name ? std::string_view(name->second) : "", out.json());
    }
    if (!out.write(piece)) co_return;
    if (!failure) failure = found->failure;
    failed += found->failed;
  }
  if (failure) out.note(unknown_names(failed, size, *failure));
  tell_count(targets, out);
}

std::string exclusions_to_string(const TargetSet& targets) {
  std::string text;
  if (targets.excluded > 0) {
    text = fmt::format("{} {} excluded", counted(targets.excluded, "address"),
                       targets.excluded == 1 ? "is" : "are");
  }
  if (targets.excluded_always == 0) return text;
  if (text.empty()) {
    return fmt::format("{} {} excluded by {}", counted(targets.excluded_always, "address"),
                       targets.excluded_always == 1 ? "is" : "are", k_system_exclude_file);
  }
  return fmt::format("{}, {} more by {}", text, grouped(targets.excluded_always),
                     k_system_exclude_file);
}

void print_dry_run(const DryRunFacts& facts, Output& out) {
  const ScanForecast first = forecast_discovery(facts.discovery, facts.pace);
  const ScanForecast& forecast = asks_ports(facts) ? facts.forecast : first;
  std::string text;
  const auto line = [&text](std::string_view name, std::string_view value) {
    text += fmt::format("{:<8} {}\n", name, value);
  };
  line("hosts", fmt::format("{}, {} public", counted(facts.plan.host_count(), "address"),
                            grouped(forecast.public_hosts)));
  if (const std::string excluded = exclusions_to_string(facts.targets); !excluded.empty()) {
    line("", excluded);
  }
  if (asks_ports(facts)) {
    line("ports", all_ports_to_string(facts.plan));
  } else {
    line("ways", discovery_to_string(facts.discovery));
  }
  line("targets", grouped(forecast.targets));
  line("probes", span_to_string(grouped(forecast.least_probes), grouped(forecast.most_probes)) +
                     ", from all answer to none does");
  if (asks_ports(facts) && !facts.discovery.empty()) {
    line("", fmt::format("and before, who is there: {} by {}",
                         span_to_string(grouped(first.least_probes), grouped(first.most_probes)),
                         discovery_to_string(facts.discovery)));
  }
  line("bytes",
       "about " + span_to_string(wire_size(forecast.least_bytes), wire_size(forecast.most_bytes)) +
           " on the wire");
  line("time", "about " +
                   span_to_string(format_duration(forecast.least_time),
                                  format_duration(forecast.most_time)) +
                   fmt::format(", with at most {} unanswered",
                               format_count_rate(facts.pace.silent_per_second)));
  line("engine", facts.why.empty() ? std::string(facts.engine)
                                   : fmt::format("{}: {}", facts.engine, facts.why));
  if (!facts.plan.by_sockets.empty()) {
    const std::string_view why = facts.plan.connects_why;
    line("", fmt::format("connect for {}{}{}", by_sockets_to_string(facts.plan),
                         why.empty() ? "" : ": ", why));
  }
  out.emit(dry_run_record(facts, first), text);
  out.note("nothing was sent");
}

}  // namespace patchbay
