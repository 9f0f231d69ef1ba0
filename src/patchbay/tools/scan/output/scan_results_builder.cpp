#include "patchbay/tools/scan/output/scan_results_builder.hpp"

#include <utility>

namespace patchbay {

bool ScanResultsBuilder::add_host(const HostKey& key) {
  if (results.hosts.contains(key)) return true;
  if (results.hosts.size() >= k_most_result_hosts) return false;
  results.hosts.try_emplace(key);
  return true;
}

bool ScanResultsBuilder::add_span(const HostKey& key, ScanProtocol protocol, const PortSpan& span) {
  if (++span_count_ > k_most_result_spans) return false;
  Spans& spans = spans_[key];
  (protocol == ScanProtocol::udp ? spans.udp : spans.tcp).push_back(span);
  return true;
}

void ScanResultsBuilder::add_target(std::string_view text) {
  has_targets_ = true;
  const auto range = IpRange::parse(text.substr(0, text.find('%')));
  if (range) {
    targets_.push_back(*range);
  } else {
    targets_known_ = false;
  }
}

ScanResults ScanResultsBuilder::finish() {
  for (auto& [key, spans] : spans_) {
    KnownHost& host = results.hosts[key];
    host.tcp = PortStates(std::move(spans.tcp));
    host.udp = PortStates(std::move(spans.udp));
  }
  if (has_targets_ && targets_known_) results.targets = IpSet(targets_);
  return std::move(results);
}

std::optional<PortSpan> span_named(std::string_view state) {
  if (state == "closed|filtered") return PortSpan{.state = PortState::filtered, .vague = true};
  const auto known = port_state_named(state);
  if (!known) return std::nullopt;
  return PortSpan{.state = *known};
}

std::optional<ScanProtocol> protocol_named(std::string_view name) {
  if (name == "tcp") return ScanProtocol::tcp;
  if (name == "udp") return ScanProtocol::udp;
  return std::nullopt;
}

}  // namespace patchbay
