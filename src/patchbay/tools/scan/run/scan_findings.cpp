#include "patchbay/tools/scan/run/scan_findings.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

namespace patchbay {

namespace {

// More ports than this in one state for one reason are told by their numbers.
constexpr std::uint32_t k_most_told = 10;

std::uint32_t microseconds(std::optional<Duration> time) {
  if (!time) return UINT32_MAX;
  const auto count = std::chrono::duration_cast<std::chrono::microseconds>(*time).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(count, 0, UINT32_MAX - 1));
}

// The likely ports stand before the others, and those are in order, as a rule: then there is little
// to sort.
std::vector<std::size_t> places_by_number(const ScanPlan& plan) {
  const auto port_at = [&plan](std::size_t place) { return plan.ports[place]; };
  std::vector<std::size_t> places(plan.ports.size());
  std::iota(places.begin(), places.end(), std::size_t{0});
  const std::size_t likely = std::min(plan.likely_ports, places.size());
  const auto others = places.begin() + static_cast<std::ptrdiff_t>(likely);
  std::ranges::sort(places.begin(), others, {}, port_at);
  if (!std::ranges::is_sorted(others, places.end(), {}, port_at)) {
    std::ranges::sort(others, places.end(), {}, port_at);
  }
  std::vector<std::size_t> merged(places.size());
  std::ranges::merge(places.begin(), others, others, places.end(), merged.begin(), {}, port_at,
                     port_at);
  return merged;
}

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
      targets_(plan.targets()),
      map_(plan.targets()),
      host_answered_(plan.host_count()) {
  if (plan.host_count() <= k_most_counted_hosts) hosts_.resize(plan.host_count());
  counts_[static_cast<std::size_t>(AnswerKind::none)] = plan.targets();
  by_number_ = places_by_number(plan);
}

void ScanFindings::restrict_to(std::vector<bool> targets) {
  told_ = std::move(targets);
  counts_ = {};
  for (ScanTarget target = 0; target < told_.size(); ++target) {
    if (told_[target]) ++counts_[static_cast<std::size_t>(map_.at(target))];
  }
  targets_ = std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

void ScanFindings::record(ScanTarget target, const ScanAnswer& answer) {
  const AnswerKind kind = kind_of(answer.state);
  const AnswerKind before = map_.at(target);
  --counts_[static_cast<std::size_t>(before)];
  ++counts_[static_cast<std::size_t>(kind)];
  map_.put(target, kind);
  count_host(plan_.host_of(target), answer);
  if (kind == AnswerKind::shut) return;
  const Detail detail{.target = target,
                      .reason = static_cast<std::uint64_t>(answer.reason),
                      .attempt = answer.attempt,
                      .hop_limit = answer.hop_limit,
                      .round_trip_us = microseconds(answer.round_trip),
                      .by = answer.by ? speaker(*answer.by) : 0,
                      .zero_window = answer.zero_window};
  if (before == AnswerKind::open || before == AnswerKind::filtered) {
    const auto known = std::ranges::find(details_, target,
                                         [](const Detail& old) { return ScanTarget{old.target}; });
    if (known != details_.end()) *known = detail;
  } else if (details_.size() < k_most_details) {
    details_.push_back(detail);
  }
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
  if (answer.attempt == 2) ++count.tally.second;
  if (answer.attempt >= 3) ++count.tally.late;
  count.fastest_us = std::min(count.fastest_us, microseconds(answer.round_trip));
}

// One more than its place. Few speak for others, the routers on the way: of a liar with more names
// than that it is not kept who spoke.
std::uint32_t ScanFindings::speaker(const IpAddress& address) {
  constexpr std::size_t k_most_speakers = 1024;
  const auto found = std::ranges::find(speakers_, address);
  if (found != speakers_.end()) return static_cast<std::uint32_t>(found - speakers_.begin()) + 1;
  if (speakers_.size() == k_most_speakers) return 0;
  speakers_.push_back(address);
  return static_cast<std::uint32_t>(speakers_.size());
}

bool ScanFindings::has_answered(std::uint64_t host) const { return host_answered_[host]; }

std::uint64_t ScanFindings::answered() const { return targets_ - count(AnswerKind::none); }

ScanFindings::HostTally ScanFindings::tally(std::uint64_t host) const {
  return hosts_.empty() ? HostTally() : hosts_[host].tally;
}

PortState ScanFindings::state_of(ScanTarget target) const {
  const bool asked_in_vain = plan_.port_of(target).protocol == ScanProtocol::udp ||
                             plan_.tcp == TcpMethod::fin || plan_.tcp == TcpMethod::null ||
                             plan_.tcp == TcpMethod::xmas;
  switch (map_.at(target)) {
    case AnswerKind::open: return PortState::open;
    case AnswerKind::filtered: return PortState::filtered;
    case AnswerKind::none: return asked_in_vain ? PortState::open_or_filtered : PortState::filtered;
    case AnswerKind::shut: break;
  }
  const bool is_tcp = plan_.port_of(target).protocol == ScanProtocol::tcp;
  return is_tcp && plan_.tcp == TcpMethod::ack ? PortState::unfiltered : PortState::closed;
}

// Of an answer that no detail was kept of.
AnswerReason ScanFindings::usual_reason(const ScanPort& port, PortState state) const {
  const bool connects = plan_.tcp == TcpMethod::connect;
  switch (port.protocol) {
    case ScanProtocol::ping: return AnswerReason::echo_reply;
    case ScanProtocol::neighbour: return AnswerReason::neighbour_reply;
    case ScanProtocol::udp:
      return state == PortState::open ? AnswerReason::udp_response : AnswerReason::port_unreachable;
    case ScanProtocol::tcp: break;
  }
  if (state == PortState::open) return connects ? AnswerReason::connected : AnswerReason::syn_ack;
  if (state == PortState::filtered) return AnswerReason::other_unreachable;
  return connects ? AnswerReason::refused : AnswerReason::reset;
}

std::span<const ScanFindings::Detail> ScanFindings::details_of(std::uint64_t host) const {
  const auto host_of = [this](const Detail& detail) { return plan_.host_of(detail.target); };
  if (sorted_ != details_.size()) {
    std::ranges::sort(details_, {}, [&](const Detail& detail) {
      return std::pair(host_of(detail), ScanTarget{detail.target});
    });
    sorted_ = details_.size();
  }
  const auto found = std::ranges::equal_range(details_, host, {}, host_of);
  return {found.begin(), found.end()};
}

// `details` are those of its host.
ScanAnswer ScanFindings::answer_of(ScanTarget target, std::span<const Detail> details) const {
  ScanAnswer answer{.state = state_of(target), .attempt = 0};
  const auto found = std::ranges::lower_bound(
      details, target, {}, [](const Detail& detail) { return ScanTarget{detail.target}; });
  if (found == details.end() || found->target != target) {
    const bool silent = map_.at(target) == AnswerKind::none;
    answer.reason =
        silent ? AnswerReason::no_response : usual_reason(plan_.port_of(target), answer.state);
    return answer;
  }
  answer.reason = static_cast<AnswerReason>(found->reason);
  answer.hop_limit = static_cast<std::uint8_t>(found->hop_limit);
  answer.attempt = static_cast<std::uint8_t>(found->attempt);
  answer.zero_window = found->zero_window != 0;
  if (found->by != 0) answer.by = speakers_[found->by - 1];
  if (found->round_trip_us != UINT32_MAX) {
    answer.round_trip = std::chrono::microseconds(found->round_trip_us);
  }
  return answer;
}

PortGroup ScanFindings::group_of(const ScanAnswer& alike,
                                 const std::vector<std::size_t>& members) const {
  PortGroup group{.protocol = plan_.ports[members.front()].protocol,
                  .state = alike.state,
                  .reason = alike.reason,
                  .count = static_cast<std::uint32_t>(members.size())};
  for (const std::size_t member : members) {
    const std::uint16_t number = plan_.ports[member].number;
    if (!group.ports.empty() && group.ports.back().second + 1 == number) {
      group.ports.back().second = number;
    } else {
      group.ports.emplace_back(number, number);
    }
  }
  return group;
}

HostReport ScanFindings::report(std::uint64_t host) const {
  HostReport report{.address = plan_.hosts.at(host)};
  if (const auto name = plan_.names.find(report.address.to_string()); name != plan_.names.end()) {
    report.name = name->second;
  }
  report.answered = host_answered_[host];
  if (!hosts_.empty() && report.answered) {
    report.reason = hosts_[host].first;
    if (hosts_[host].fastest_us != UINT32_MAX) {
      report.round_trip = std::chrono::microseconds(hosts_[host].fastest_us);
    }
  }
  const auto details = details_of(host);
  std::map<std::tuple<ScanProtocol, PortState, AnswerReason>, std::vector<std::size_t>> groups;
  for (const std::size_t port : by_number_) {
    if (!is_told(plan_.target_of(host, port))) continue;
    const ScanAnswer answer = answer_of(plan_.target_of(host, port), details);
    groups[{plan_.ports[port].protocol, answer.state, answer.reason}].push_back(port);
  }
  for (const auto& [key, members] : groups) {
    const ScanAnswer first = answer_of(plan_.target_of(host, members.front()), details);
    if (first.state != PortState::open && members.size() > k_most_told) {
      report.rest.push_back(group_of(first, members));
      continue;
    }
    for (const std::size_t member : members) {
      report.ports.push_back({.port = plan_.ports[member],
                              .answer = answer_of(plan_.target_of(host, member), details)});
    }
  }
  std::ranges::sort(report.ports, {}, &PortFinding::port);
  return report;
}

void ScanFindings::count_states(ScanTotals& totals) const {
  totals.of(PortState::open) = count(AnswerKind::open);
  totals.of(PortState::filtered) = count(AnswerKind::filtered);
  for (std::size_t index = 0; index < plan_.ports.size(); ++index) {
    for (std::uint64_t host = 0; host < plan_.host_count(); ++host) {
      const ScanTarget target = plan_.target_of(host, index);
      if (!is_told(target)) continue;
      const AnswerKind kind = map_.at(target);
      if (kind == AnswerKind::none || kind == AnswerKind::shut) ++totals.of(state_of(target));
    }
  }
}

void ScanFindings::restore(std::vector<std::uint64_t> words, std::vector<Detail> details,
                           std::vector<IpAddress> speakers) {
  map_.words() = std::move(words);
  details_ = std::move(details);
  speakers_ = std::move(speakers);
  sorted_ = 0;
  counts_ = {};
  for (ScanTarget target = 0; target < plan_.targets(); ++target) {
    const AnswerKind kind = map_.at(target);
    if (is_told(target)) ++counts_[static_cast<std::size_t>(kind)];
    if (kind != AnswerKind::open && kind != AnswerKind::shut) continue;
    const ScanPort& port = plan_.port_of(target);
    restore_host(plan_.host_of(target), usual_reason(port, state_of(target)));
  }
  for (const Detail& detail : details_) {
    const ScanTarget target = detail.target;
    if (map_.at(target) != AnswerKind::filtered) continue;
    ScanAnswer answer{.state = PortState::filtered,
                      .reason = static_cast<AnswerReason>(detail.reason)};
    if (detail.by != 0) answer.by = speakers_[detail.by - 1];
    if (is_word_of_host(answer)) restore_host(plan_.host_of(target), answer.reason);
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

}  // namespace patchbay
