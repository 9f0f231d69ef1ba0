#include "patchbay/tools/scan/output/port_states.hpp"

#include <algorithm>
#include <tuple>

namespace patchbay {

namespace {

bool follows(const PortSpan& span, const PortSpan& next) {
  return span.last + 1 == next.first && span.state == next.state && span.vague == next.vague;
}

}  // namespace

PortStates::PortStates(std::vector<PortSpan> spans) {
  std::ranges::sort(spans, {}, [](const PortSpan& span) {
    return std::tuple(span.first, span.last, span.state, span.vague);
  });
  for (PortSpan span : spans) {
    if (!spans_.empty() && span.first <= spans_.back().last) {
      if (span.last <= spans_.back().last) continue;
      span.first = static_cast<std::uint16_t>(spans_.back().last + 1);
    }
    if (!spans_.empty() && follows(spans_.back(), span)) {
      spans_.back().last = span.last;
    } else {
      spans_.push_back(span);
    }
  }
}

PortStates::Piece PortStates::piece_at(std::uint16_t port) const {
  const auto next = std::ranges::upper_bound(spans_, port, {}, &PortSpan::first);
  if (next != spans_.begin() && std::prev(next)->last >= port) {
    return {&*std::prev(next), std::prev(next)->last};
  }
  if (next == spans_.end()) return {nullptr, UINT16_MAX};
  return {nullptr, static_cast<std::uint16_t>(next->first - 1)};
}

PortStates states_of(const HostReport& report, ScanProtocol protocol) {
  std::vector<PortSpan> spans;
  for (const PortFinding& finding : report.ports) {
    if (finding.port.protocol != protocol) continue;
    spans.push_back({finding.port.number, finding.port.number, finding.answer.state});
  }
  for (const PortGroup& group : report.rest) {
    if (group.protocol != protocol) continue;
    for (const auto& [first, last] : group.ports) spans.push_back({first, last, group.state});
  }
  return PortStates(std::move(spans));
}

std::string_view name_of(const PortSpan& span) {
  return span.vague ? "closed|filtered" : name_of(span.state);
}

}  // namespace patchbay
