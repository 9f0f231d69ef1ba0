#include "patchbay/tools/scan/run/scan_findings.hpp"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "patchbay/tools/scan/run/port_grouping.hpp"

namespace patchbay {

namespace {

// That a host cannot be reached is said by others, and by this host's kernel.
bool is_word_of_host(const ScanAnswer& answer) {
  if (answer.state != PortState::filtered) return true;
  if (answer.by) return false;
  return answer.reason == AnswerReason::port_unreachable ||
         answer.reason == AnswerReason::protocol_unreachable ||
         answer.reason == AnswerReason::net_prohibited ||
         answer.reason == AnswerReason::host_prohibited ||
         answer.reason == AnswerReason::admin_prohibited;
}

// Their reasons stand behind all others.
bool is_icmp_error(AnswerReason reason) { return reason >= AnswerReason::net_unreachable; }

// The likely ports of a plan are few, and the others mostly stand in order: to sort all 65,535
// takes 4 ms.
std::vector<std::uint32_t> places_by_number(const ScanPlan& plan) {
  std::vector<std::uint32_t> places(plan.ports.size());
  std::iota(places.begin(), places.end(), 0U);
  const auto port_at = [&](std::uint32_t place) { return plan.ports[place]; };
  const std::span likely = std::span(places).first(std::min(plan.likely_ports, places.size()));
  const std::span others = std::span(places).subspan(likely.size());
  for (const std::span<std::uint32_t> part : {likely, others}) {
    if (!std::ranges::is_sorted(part, {}, port_at)) std::ranges::sort(part, {}, port_at);
  }
  std::vector<std::uint32_t> sorted;
  sorted.reserve(places.size());
  std::ranges::merge(likely, others, std::back_inserter(sorted), {}, port_at, port_at);
  return sorted;
}

}  // namespace

AnswerKind kind_of(PortState state) {
  switch (state) {
    case PortState::open: return AnswerKind::open;
    case PortState::closed:
    case PortState::unfiltered: return AnswerKind::shut;
    case PortState::filtered: return AnswerKind::filtered;
    case PortState::open_or_filtered: return AnswerKind::none;
  }
  return AnswerKind::none;
}

ScanFindings::ScanFindings(const ScanPlan& plan)
    : plan_(plan),
      host_count_(plan.host_count()),
      targets_(plan.targets()),
      by_number_(places_by_number(plan)),
      map_(plan.host_count(), plan.ports.size()),
      details_(plan.host_count(), plan.ports.size()),
      host_answered_(plan.host_count()) {
  if (host_count_ <= k_most_counted_hosts) hosts_.resize(host_count_);
  for (std::size_t port = 0; port < plan.ports.size(); ++port) {
    count_of(port, AnswerKind::none) += host_count_;
  }
}

void ScanFindings::restrict_to(std::vector<bool> targets) {
  told_ = std::move(targets);
  count_all();
}

bool ScanFindings::is_told_of(std::uint64_t host) const {
  if (told_.empty()) return true;
  for (std::size_t port = 0; port < plan_.ports.size(); ++port) {
    if (told_[target_of(host, port)]) return true;
  }
  return false;
}

// Host by host, as the map stands.
void ScanFindings::count_all() {
  counts_ = {};
  targets_ = 0;
  for (std::uint64_t host = 0; host < host_count_; ++host) {
    for (std::size_t port = 0; port < plan_.ports.size(); ++port) {
      if (!is_told(target_of(host, port))) continue;
      ++count_of(port, map_.at(host, port));
      ++targets_;
    }
  }
}

void ScanFindings::record(ScanTarget target, const ScanAnswer& answer) {
  const std::uint64_t host = target % host_count_;
  const std::size_t port = target / host_count_;
  const AnswerKind kind = kind_of(answer.state);
  const AnswerKind before = map_.at(host, port);
  --count_of(port, before);
  ++count_of(port, kind);
  map_.put(host, port, kind);
  count_host(host, answer);
  if (kind == AnswerKind::shut) return;
  const bool is_first = before == AnswerKind::none || before == AnswerKind::shut;
  details_.keep(host, port, answer, is_first);
}

void ScanFindings::count_host(std::uint64_t host, const ScanAnswer& answer) {
  if (!is_word_of_host(answer)) return;
  if (!host_answered_[host]) {
    host_answered_[host] = true;
    ++hosts_up_;
  }
  if (hosts_.empty()) return;
  HostCount& count = hosts_[host];
  if (++count.tally.answers == 1) count.first = answer.reason;
  if (!is_icmp_error(answer.reason)) {
    if (answer.attempt == 2) ++count.tally.second;
    if (answer.attempt >= 3) ++count.tally.late;
  }
  count.fastest_us = std::min(count.fastest_us, whole_microseconds(answer.round_trip));
}

void ScanFindings::skip(std::uint64_t host) {
  if (skipped_.empty()) skipped_.resize(host_count_);
  skipped_[host] = true;
}

std::optional<std::uint64_t> ScanFindings::most_silent_host() const {
  std::optional<std::uint64_t> found;
  for (std::uint64_t host = 0; host < hosts_.size(); ++host) {
    const std::uint64_t answers = hosts_[host].tally.answers;
    if (is_skipped(host) || answers >= plan_.ports.size()) continue;
    if (!found || answers < hosts_[*found].tally.answers) found = host;
  }
  return found;
}

std::uint64_t ScanFindings::count(AnswerKind kind) const {
  std::uint64_t sum = 0;
  for (const KindCounts& counts : counts_) sum += counts[static_cast<std::size_t>(kind)];
  return sum;
}

ScanFindings::HostTally ScanFindings::tally(std::uint64_t host) const {
  return hosts_.empty() ? HostTally() : hosts_[host].tally;
}

PortState ScanFindings::state_of(ScanProtocol protocol, AnswerKind kind) const {
  const bool asked_in_vain = protocol == ScanProtocol::udp || plan_.tcp == TcpMethod::fin ||
                             plan_.tcp == TcpMethod::null || plan_.tcp == TcpMethod::xmas;
  switch (kind) {
    case AnswerKind::open: return PortState::open;
    case AnswerKind::filtered: return PortState::filtered;
    case AnswerKind::none: return asked_in_vain ? PortState::open_or_filtered : PortState::filtered;
    case AnswerKind::shut: break;
  }
  const bool lets_through = protocol == ScanProtocol::tcp && plan_.tcp == TcpMethod::ack;
  return lets_through ? PortState::unfiltered : PortState::closed;
}

// Of an answer that nothing more is known of.
AnswerReason ScanFindings::usual_reason(ScanProtocol protocol, AnswerKind kind) const {
  if (kind == AnswerKind::none) return AnswerReason::no_response;
  if (kind == AnswerKind::filtered) return AnswerReason::other_unreachable;
  const bool connects = plan_.tcp == TcpMethod::connect;
  const bool opens = kind == AnswerKind::open;
  switch (protocol) {
    case ScanProtocol::ping: return AnswerReason::echo_reply;
    case ScanProtocol::neighbour: return AnswerReason::neighbour_reply;
    case ScanProtocol::udp:
      return opens ? AnswerReason::udp_response : AnswerReason::port_unreachable;
    case ScanProtocol::tcp: break;
  }
  if (opens) return connects ? AnswerReason::connected : AnswerReason::syn_ack;
  return connects ? AnswerReason::refused : AnswerReason::reset;
}

// `details` are those of its host.
ScanAnswer ScanFindings::answer_of(std::uint64_t host, std::size_t port,
                                   std::span<const AnswerDetails::Detail> details) const {
  const AnswerKind kind = map_.at(host, port);
  const ScanProtocol protocol = plan_.ports[port].protocol;
  ScanAnswer answer{
      .state = state_of(protocol, kind), .reason = usual_reason(protocol, kind), .attempt = 0};
  if (kind == AnswerKind::open || kind == AnswerKind::filtered) {
    details_.tell(answer, host, port, details);
  }
  return answer;
}

HostReport ScanFindings::report(std::uint64_t host) const {
  HostReport report{.address = plan_.hosts.at(host)};
  if (!plan_.names.empty()) {
    const auto name = plan_.names.find(report.address.to_string());
    if (name != plan_.names.end()) report.name = name->second;
  }
  report.answered = host_answered_[host];
  report.skipped = is_skipped(host);
  if (!hosts_.empty() && report.answered) {
    report.reason = hosts_[host].first;
    if (hosts_[host].fastest_us != UINT32_MAX) {
      report.round_trip = std::chrono::microseconds(hosts_[host].fastest_us);
    }
  }
  const auto details = details_.of(host);
  PortGrouping grouping;
  for (std::uint32_t number = 0; number < by_number_.size(); ++number) {
    const std::size_t port = by_number_[number];
    if (!is_told(target_of(host, port))) continue;
    const ScanAnswer answer = answer_of(host, port, details);
    grouping.add(number, plan_.ports[port], answer.state, answer.reason);
  }
  auto [told, rest] = grouping.settle();
  report.rest = std::move(rest);
  report.ports.reserve(told.size());
  for (const std::uint32_t number : told) {
    const std::size_t port = by_number_[number];
    report.ports.push_back({.port = plan_.ports[port], .answer = answer_of(host, port, details)});
  }
  return report;
}

void ScanFindings::count_states(ScanTotals& totals) const {
  for (std::size_t protocol = 0; protocol < counts_.size(); ++protocol) {
    for (std::size_t kind = 0; kind < counts_[protocol].size(); ++kind) {
      const PortState state =
          state_of(static_cast<ScanProtocol>(protocol), static_cast<AnswerKind>(kind));
      totals.of(state) += counts_[protocol][kind];
    }
  }
}

void ScanFindings::restore(std::span<const std::uint64_t> words, AnswerDetails::Saved saved) {
  map_.restore(words);
  details_.restore(std::move(saved));
  count_all();
  // Host by host, as details stand.
  const auto details = details_.all();
  auto detail = details.begin();
  for (std::uint64_t host = 0; host < host_count_; ++host) {
    for (std::size_t port = 0; port < plan_.ports.size(); ++port) {
      const AnswerKind kind = map_.at(host, port);
      const std::uint64_t place = host * plan_.ports.size() + port;
      while (detail != details.end() && detail->place < place) ++detail;
      if (kind == AnswerKind::none) continue;
      const ScanProtocol protocol = plan_.ports[port].protocol;
      ScanAnswer answer{.state = state_of(protocol, kind), .reason = usual_reason(protocol, kind)};
      if (kind == AnswerKind::filtered && detail != details.end() && detail->place == place) {
        details_.tell(answer, *detail);
      } else if (kind == AnswerKind::filtered) {
        details_.tell_rejected(answer, host);
      }
      if (is_word_of_host(answer)) restore_host(host, answer.reason);
    }
  }
}

// Which of its answers came first is not known any more, nor to which tries they came.
void ScanFindings::restore_host(std::uint64_t host, AnswerReason reason) {
  if (!host_answered_[host]) {
    host_answered_[host] = true;
    ++hosts_up_;
  }
  if (hosts_.empty()) return;
  if (++hosts_[host].tally.answers == 1) hosts_[host].first = reason;
}

std::size_t ScanFindings::bytes() const {
  return map_.bytes() + details_.bytes() + hosts_.capacity() * sizeof(HostCount) +
         by_number_.capacity() * sizeof(std::uint32_t) +
         (host_answered_.capacity() + told_.capacity() + skipped_.capacity()) / 8;
}

}  // namespace patchbay
