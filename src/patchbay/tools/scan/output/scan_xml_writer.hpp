// ScanXmlWriter: a document in the shape of nmap's XML (-oX): one host element a host, ports that
// are told together as extraports with their numbers.
#pragma once

#include "patchbay/tools/scan/output/scan_heading.hpp"
#include "patchbay/tools/scan/output/scan_sink.hpp"
#include "patchbay/tools/scan/scan_listener.hpp"

namespace patchbay {

// What nmap's words have no place for stands in script elements with the id "patchbay": of a host
// answers-everything, rate-limited and skipped, of a port zero-window and its certificate.
class ScanXmlWriter final : public ScanListener {
 public:
  // With `as_nmap` it says that nmap wrote it, which strict validators insist on. What is given
  // outlives it.
  ScanXmlWriter(const ScanHeading& heading, bool as_nmap, ScanSink& sink)
      : heading_(heading), as_nmap_(as_nmap), sink_(sink) {}

  void started(const ScanPlan& plan) override;
  void host(const HostReport& report) override;
  void ended(const ScanTotals& totals) override;

 private:
  const ScanHeading& heading_;
  const bool as_nmap_;
  ScanSink& sink_;
};

}  // namespace patchbay
