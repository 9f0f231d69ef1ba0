#include "patchbay/tools/scan/output/scan_diff.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

namespace patchbay {

namespace {

constexpr ScanProtocol k_protocols[] = {ScanProtocol::tcp, ScanProtocol::udp};

// What a file says of a port, or what follows from its silence: a port that was asked, and that is
// not told of a host that is, is not open; the file holds open ones only (--open).
std::optional<PortSpan> known_state(const PortSpan* span, bool was_asked,
                                    const ScanResults& results) {
  if (span != nullptr) return *span;
  if (!was_asked || !results.complete) return std::nullopt;
  return PortSpan{.state = PortState::filtered, .vague = true};
}

bool is_open(const PortSpan& span) { return span.state == PortState::open; }

bool differ(const PortSpan& before, const PortSpan& after) {
  if (is_open(before) != is_open(after)) return true;
  const auto can_be = [](const PortSpan& span, const PortSpan& other) {
    return span.vague && (other.state == PortState::closed || other.state == PortState::filtered);
  };
  if (can_be(before, after) || can_be(after, before)) return false;
  return before.state != after.state;
}

PortStates states_of(const PortRanges& ports) {
  std::vector<PortSpan> spans;
  for (const auto& [first, last] : ports) spans.push_back({first, last});
  return PortStates(std::move(spans));
}

std::string words(const KnownService& service) {
  std::string text = service.tls ? "tls/" + service.name : service.name;
  for (const std::string* part : {&service.product, &service.version}) {
    if (!part->empty()) text += ' ' + *part;
  }
  return text;
}

std::string words(const std::optional<KnownService>& service) {
  return service ? words(*service) : "not known";
}

std::string words(const KnownCertificate& certificate) {
  std::string text = certificate.subject;
  if (!certificate.names.empty()) {
    text += fmt::format(" ({})", fmt::join(certificate.names, ", "));
  }
  if (!certificate.issuer.empty()) text += " by " + certificate.issuer;
  if (!certificate.not_after.empty()) text += " until " + certificate.not_after;
  return text;
}

class Comparison {
 public:
  Comparison(const ScanResults& before, const ScanResults& after, const ScanDiffOptions& options)
      : before_(before), after_(after), options_(options) {
    for (const ScanProtocol protocol : k_protocols) {
      old_asked_[protocol] = states_of(before.asked(protocol));
      new_asked_[protocol] = states_of(after.asked(protocol));
    }
  }

  ScanDiff run();

 private:
  void compare_states(const HostKey& key, ScanProtocol protocol);
  void compare_services(const HostKey& key);
  void only_in_one(const HostKey& key, const KnownHost& host, const ScanResults& other,
                   ChangeKind kind);
  void add(ScanChange change) { diff_.changes.push_back(std::move(change)); }

  const ScanResults& before_;
  const ScanResults& after_;
  const ScanDiffOptions options_;
  std::map<ScanProtocol, PortStates> old_asked_;  // whatever their state
  std::map<ScanProtocol, PortStates> new_asked_;
  ScanDiff diff_;
};

ScanDiff Comparison::run() {
  auto before = before_.hosts.begin();
  auto after = after_.hosts.begin();
  while (before != before_.hosts.end() || after != after_.hosts.end()) {
    const bool has_before = before != before_.hosts.end();
    const bool has_after = after != after_.hosts.end();
    if (!has_after || (has_before && before->first < after->first)) {
      only_in_one(before->first, before->second, after_, ChangeKind::host_gone);
      ++before;
    } else if (!has_before || after->first < before->first) {
      only_in_one(after->first, after->second, before_, ChangeKind::host_new);
      ++after;
    } else {
      for (const ScanProtocol protocol : k_protocols) compare_states(before->first, protocol);
      compare_services(before->first);
      ++before;
      ++after;
    }
  }
  return std::move(diff_);
}

// A host that the other scan did not find: by its word, or since it never asked it.
void Comparison::only_in_one(const HostKey& key, const KnownHost& host, const ScanResults& other,
                             ChangeKind kind) {
  const bool was_asked = other.complete && (!other.targets || other.targets->contains(key.first));
  if (!was_asked) {
    ++diff_.hosts_not_asked;
    return;
  }
  bool told = false;
  for (const ScanProtocol protocol : k_protocols) {
    PortRanges open;
    for (const PortSpan& span : host.states(protocol).spans()) {
      if (is_open(span)) open.emplace_back(span.first, span.last);
    }
    // One line a protocol, and one at least, but for a host without anything open.
    if (open.empty() && (told || protocol == ScanProtocol::tcp)) continue;
    if (open.empty() && options_.only_open) continue;
    told = true;
    add({.kind = kind,
         .host = key,
         .name = host.name,
         .protocol = protocol,
         .ports = normalized(std::move(open))});
  }
}

void Comparison::compare_states(const HostKey& key, ScanProtocol protocol) {
  const KnownHost& old_host = before_.hosts.at(key);
  const KnownHost& new_host = after_.hosts.at(key);
  const PortStates& old_states = old_host.states(protocol);
  const PortStates& new_states = new_host.states(protocol);
  const PortStates& old_asked = old_asked_.at(protocol);
  const PortStates& new_asked = new_asked_.at(protocol);
  if (old_states.empty() && new_states.empty()) return;
  // Ports that went the same way are one change.
  std::map<std::pair<std::string_view, std::string_view>, PortRanges> ways;
  for (std::uint32_t port = 0; port <= UINT16_MAX;) {
    const auto at = static_cast<std::uint16_t>(port);
    const auto was = old_states.piece_at(at);
    const auto is = new_states.piece_at(at);
    const auto was_asked = old_asked.piece_at(at);
    const auto is_asked = new_asked.piece_at(at);
    const std::uint16_t last = std::min({was.last, is.last, was_asked.last, is_asked.last});
    const auto old_span = known_state(was.span, was_asked.span != nullptr, before_);
    const auto new_span = known_state(is.span, is_asked.span != nullptr, after_);
    if (old_span && new_span && differ(*old_span, *new_span)) {
      ways[{name_of(*old_span), name_of(*new_span)}].emplace_back(at, last);
    } else if (old_span.has_value() != new_span.has_value()) {
      if (is_open(old_span ? *old_span : *new_span)) diff_.ports_not_asked += last - port + 1;
    }
    port = last + 1U;
  }
  for (auto& [way, ports] : ways) {
    const std::string_view open = name_of(PortState::open);
    const ChangeKind kind = way.second == open  ? ChangeKind::opened
                            : way.first == open ? ChangeKind::closed
                                                : ChangeKind::state;
    if (kind == ChangeKind::state && options_.only_open) continue;
    add({.kind = kind,
         .host = key,
         .name = new_host.name.empty() ? old_host.name : new_host.name,
         .protocol = protocol,
         .ports = normalized(std::move(ports)),
         .before = std::string(way.first),
         .after = std::string(way.second)});
  }
}

void Comparison::compare_services(const HostKey& key) {
  if (!before_.probes_services || !after_.probes_services) return;
  const KnownHost& old_host = before_.hosts.at(key);
  const KnownHost& new_host = after_.hosts.at(key);
  std::map<ScanPort, std::pair<const KnownPort*, const KnownPort*>> ports;
  for (const auto& [port, known] : old_host.ports) ports[port].first = &known;
  for (const auto& [port, known] : new_host.ports) ports[port].second = &known;
  static const KnownPort k_nothing;
  for (const auto& [port, pair] : ports) {
    const auto is_open_in = [&](const KnownHost& host) {
      const auto piece = host.states(port.protocol).piece_at(port.number);
      return piece.span != nullptr && is_open(*piece.span);
    };
    // What opened or closed is told as that.
    if (!is_open_in(old_host) || !is_open_in(new_host)) continue;
    const KnownPort& was = pair.first == nullptr ? k_nothing : *pair.first;
    const KnownPort& is = pair.second == nullptr ? k_nothing : *pair.second;
    ScanChange change{.host = key,
                      .name = new_host.name,
                      .protocol = port.protocol,
                      .ports = {{port.number, port.number}}};
    if (was.service != is.service) {
      change.kind = ChangeKind::service;
      change.before = words(was.service);
      change.after = words(is.service);
      add(change);
    }
    if (was.certificate && is.certificate && *was.certificate != *is.certificate) {
      change.kind = ChangeKind::certificate;
      change.before = words(*was.certificate);
      change.after = words(*is.certificate);
      add(change);
    }
  }
}

}  // namespace

std::string_view name_of(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::host_new: return "host_new";
    case ChangeKind::host_gone: return "host_gone";
    case ChangeKind::opened: return "opened";
    case ChangeKind::closed: return "closed";
    case ChangeKind::state: return "state";
    case ChangeKind::service: return "service";
    case ChangeKind::certificate: return "certificate";
  }
  return "";
}

ScanDiff compare_scans(const ScanResults& before, const ScanResults& after,
                       const ScanDiffOptions& options) {
  return Comparison(before, after, options).run();
}

}  // namespace patchbay
