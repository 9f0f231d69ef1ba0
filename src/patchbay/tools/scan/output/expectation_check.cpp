#include "patchbay/tools/scan/output/expectation_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "patchbay/base/text.hpp"

namespace patchbay {

namespace {

constexpr ScanProtocol k_protocols[] = {ScanProtocol::tcp, ScanProtocol::udp};

using RangesByState = std::map<std::optional<PortState>, PortRanges>;

RangesByState breaches(const ExpectedClause& clause, const PortRanges& ports,
                       const PortStates& states) {
  RangesByState result;
  for (const auto& [first, last] : ports) {
    for (std::uint32_t port = first; port <= last;) {
      const auto piece = states.piece_at(static_cast<std::uint16_t>(port));
      const std::uint16_t end = std::min(piece.last, last);
      const bool fits = piece.span != nullptr && clause.allows(piece.span->state);
      if (!fits) {
        const auto state = piece.span == nullptr ? std::nullopt : std::optional(piece.span->state);
        result[state].emplace_back(static_cast<std::uint16_t>(port), end);
      }
      port = end + 1U;
    }
  }
  return result;
}

PortState silence_of(ScanProtocol protocol, TcpMethod method) {
  if (protocol == ScanProtocol::udp) return PortState::open_or_filtered;
  switch (method) {
    case TcpMethod::fin:
    case TcpMethod::null:
    case TcpMethod::xmas: return PortState::open_or_filtered;
    case TcpMethod::connect:
    case TcpMethod::syn:
    case TcpMethod::ack: break;
  }
  return PortState::filtered;
}

std::string hosts_text(const IpRange& hosts) {
  return hosts.first == hosts.last ? hosts.first.to_string() : hosts.to_string();
}

}  // namespace

Record violation_record(const Violation& violation) {
  Record record("violation");
  record.text("ip", hosts_text(violation.hosts));
  if (!violation.name.empty()) record.text("name", violation.name);
  record.text("proto", name_of(violation.protocol))
      .text("ports", ranges_to_string(violation.ports));
  if (violation.state) {
    record.text("state", name_of(*violation.state));
  } else {
    record.null("state");
  }
  return record.text("expected", violation.clause);
}

std::string violation_text(const Violation& violation) {
  std::string text = hosts_text(violation.hosts);
  if (!violation.name.empty()) text += fmt::format(" ({})", escape_terminal(violation.name));
  return text + fmt::format(": {}/{} is {}, expected: {}", name_of(violation.protocol),
                            ranges_to_string(violation.ports),
                            violation.state ? name_of(*violation.state) : "not known",
                            violation.clause);
}

ExpectationCheck::ExpectationCheck(ScanExpectation expectation, const ScanPlan& plan)
    : expectation_(std::move(expectation)),
      plan_(plan),
      tcp_(ports_of(plan, ScanProtocol::tcp)),
      udp_(ports_of(plan, ScanProtocol::udp)) {}

// The ports that clauses about this host name.
PortRanges ExpectationCheck::named(const IpAddress& address, std::string_view name,
                                   ScanProtocol protocol, bool with_host_only) const {
  PortRanges ports;
  for (const ExpectedClause& clause : expectation_.clauses()) {
    if (clause.is_rest || clause.protocol != protocol || !clause.is_about(address, name)) continue;
    if (with_host_only && !clause.has_host()) continue;
    ports.insert(ports.end(), clause.ports.begin(), clause.ports.end());
  }
  return normalized(std::move(ports));
}

std::vector<ExpectationCheck::Duty> ExpectationCheck::duties_of(const IpAddress& address,
                                                                std::string_view name) const {
  const auto& clauses = expectation_.clauses();
  const bool has_own_rest = std::ranges::any_of(clauses, [&](const ExpectedClause& clause) {
    return clause.is_rest && clause.has_host() && clause.is_about(address, name);
  });
  std::vector<Duty> duties;
  for (const ScanProtocol protocol : k_protocols) {
    const PortRanges own = named(address, name, protocol, true);
    const PortRanges rest =
        without(protocol == ScanProtocol::udp ? udp_ : tcp_, named(address, name, protocol, false));
    for (const ExpectedClause& clause : clauses) {
      if (!clause.is_about(address, name)) continue;
      if (clause.is_rest) {
        if (clause.has_host() || !has_own_rest) duties.push_back({&clause, protocol, rest});
      } else if (clause.protocol == protocol) {
        duties.push_back(
            {&clause, protocol, clause.has_host() ? clause.ports : without(clause.ports, own)});
      }
    }
  }
  return duties;
}

std::vector<Violation> ExpectationCheck::check(const HostReport& report,
                                               const IpRange& hosts) const {
  std::vector<Violation> violations;
  const PortStates tcp = states_of(report, ScanProtocol::tcp);
  const PortStates udp = states_of(report, ScanProtocol::udp);
  for (const Duty& duty : duties_of(report.address, report.name)) {
    const PortStates& states = duty.protocol == ScanProtocol::udp ? udp : tcp;
    for (auto& [state, ports] : breaches(*duty.clause, duty.ports, states)) {
      violations.push_back({.hosts = hosts,
                            .name = report.name,
                            .protocol = duty.protocol,
                            .ports = normalized(ports),
                            .state = state,
                            .clause = duty.clause->text});
    }
  }
  return violations;
}

std::vector<Violation> ExpectationCheck::host(const HostReport& report) {
  const IpAddress& address = report.address;
  const bool is_next = !seen_.empty() && seen_.back().family() == address.family() &&
                       number_of(seen_.back().last) + 1 == number_of(address);
  if (is_next) {
    seen_.back().last = address;
  } else {
    seen_.push_back({address, address});
  }
  return check(report, {address, address});
}

HostReport ExpectationCheck::silent_report(const IpAddress& address) const {
  HostReport report{.address = address};
  if (!plan_.names.empty()) {
    const auto name = plan_.names.find(address.to_string());
    if (name != plan_.names.end()) report.name = name->second;
  }
  for (const ScanProtocol protocol : k_protocols) {
    const PortRanges& ports = protocol == ScanProtocol::udp ? udp_ : tcp_;
    report.rest.push_back({.protocol = protocol,
                           .state = silence_of(protocol, plan_.tcp),
                           .count = port_count(ports),
                           .ports = ports});
  }
  return report;
}

// Parted so that each host of a range is held to the same: at the ends of the clauses' ranges, and
// around each host that has a name.
std::vector<IpRange> ExpectationCheck::silent_ranges() const {
  std::vector<IpRange> cuts;
  for (const ExpectedClause& clause : expectation_.clauses()) {
    if (clause.range) cuts.push_back(*clause.range);
  }
  for (const auto& [text, name] : plan_.names) {
    if (const auto address = IpAddress::parse(text)) cuts.push_back({*address, *address});
  }
  std::vector<IpRange> ranges = IpSet(plan_.hosts.ranges(), seen_).ranges();
  std::vector<IpNumber> begins[2];
  for (const IpRange& cut : cuts) {
    auto& list = begins[cut.family() == Family::v6];
    list.push_back(number_of(cut.first));
    if (number_of(cut.last) < last_number(cut.family())) list.push_back(number_of(cut.last) + 1);
  }
  for (auto& list : begins) std::ranges::sort(list);
  std::vector<IpRange> pieces;
  for (IpRange& range : ranges) {
    const auto& list = begins[range.family() == Family::v6];
    auto cut = std::ranges::upper_bound(list, number_of(range.first));
    for (; cut != list.end() && *cut <= number_of(range.last); ++cut) {
      if (*cut == number_of(range.first)) continue;
      pieces.push_back({range.first, address_of(*cut - 1, range.family())});
      range.first = address_of(*cut, range.family());
    }
    pieces.push_back(range);
  }
  return pieces;
}

std::vector<Violation> ExpectationCheck::silent() const {
  std::vector<Violation> violations;
  for (const IpRange& hosts : silent_ranges()) {
    for (Violation& violation : check(silent_report(hosts.first), hosts)) {
      violations.push_back(std::move(violation));
    }
  }
  return violations;
}

}  // namespace patchbay
