// ScanResultsBuilder: results as they are read, host by host and port by port.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/scan/output/scan_results.hpp"

namespace patchbay {

class ScanResultsBuilder {
 public:
  // All but its hosts may be set directly.
  ScanResults results;

  // False: it has as many hosts as may be.
  bool add_host(const HostKey& key);
  // Of a host that was added.
  KnownHost& host(const HostKey& key) { return results.hosts[key]; }
  // False: it has as many as may be.
  bool add_span(const HostKey& key, ScanProtocol protocol, const PortSpan& span);
  void add_target(std::string_view text);

  ScanResults finish();

 private:
  struct Spans {
    std::vector<PortSpan> tcp;
    std::vector<PortSpan> udp;
  };

  std::map<HostKey, Spans> spans_;
  std::size_t span_count_ = 0;
  std::vector<IpRange> targets_;
  bool has_targets_ = false;
  bool targets_known_ = true;
};

// "open"; nmap's "closed|filtered" is a vague one. Nothing for what is no state.
std::optional<PortSpan> span_named(std::string_view state);
// "tcp" and "udp".
std::optional<ScanProtocol> protocol_named(std::string_view name);

}  // namespace patchbay
