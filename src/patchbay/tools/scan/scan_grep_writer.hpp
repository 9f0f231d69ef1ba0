// ScanGrepWriter: a line or two a host, in the layout of nmap's grepable output (-oG).
#pragma once

#include "patchbay/tools/scan/scan_heading.hpp"
#include "patchbay/tools/scan/scan_listener.hpp"
#include "patchbay/tools/scan/scan_sink.hpp"

namespace patchbay {

//   Host: 10.0.0.7 (web1.lab)<tab>Status: Up
//   Host: 10.0.0.7 (web1.lab)<tab>Ports: 22/open/tcp//ssh//OpenSSH 9.2p1/, 443/…<tab>
//     Ignored State: closed (65530)
//
// Seven fields a port, each with a slash behind it: number, state, protocol, owner (empty),
// service, RPC program (empty), version. A peer's words hold no slash, comma or tab there, so that
// they cannot forge a port. "Ignored State" is there once a state, the most frequent first.
class ScanGrepWriter final : public ScanListener {
 public:
  // What is given outlives it.
  ScanGrepWriter(const ScanHeading& heading, ScanSink& sink) : heading_(heading), sink_(sink) {}

  void started(const ScanPlan& plan) override;
  void host(const HostReport& report) override;
  void ended(const ScanTotals& totals) override;

 private:
  const ScanHeading& heading_;
  ScanSink& sink_;
};

}  // namespace patchbay
