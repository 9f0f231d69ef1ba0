// ScanView: the table on stdout, or plain in a file (-oN).
#pragma once

#include <string>
#include <string_view>

#include "patchbay/tools/output.hpp"
#include "patchbay/tools/scan/output/scan_sink.hpp"
#include "patchbay/tools/scan/output/scan_table.hpp"
#include "patchbay/tools/scan/scan_listener.hpp"

namespace patchbay {

class ScanView final : public ScanListener {
 public:
  // What is given outlives it.
  ScanView(const ScanHeading& heading, bool details, Output& out)
      : table_(heading, {.colors = &out, .details = details, .ranges = out.verbose() > 0}),
        out_(out) {}

  void started(const ScanPlan& plan) override;
  void found(const IpAddress& address, const PortFinding& finding) override;  // with -v, on stderr
  void host(const HostReport& report) override;
  void ended(const ScanTotals& totals) override;

 private:
  ScanTable table_;
  Output& out_;
  std::uint64_t ports_ = 0;
};

// The same in a file, with a first line that says how it came to be.
class ScanTextWriter final : public ScanListener {
 public:
  ScanTextWriter(const ScanHeading& heading, ScanTable::Options options, ScanSink& sink)
      : heading_(heading), table_(heading, options), sink_(sink) {}

  void started(const ScanPlan& plan) override;
  void host(const HostReport& report) override;
  void ended(const ScanTotals& totals) override;
  // Anything else, without its newline.
  void line(std::string_view text);

 private:
  const ScanHeading& heading_;
  ScanTable table_;
  ScanSink& sink_;
  std::uint64_t ports_ = 0;
};

// "# Patchbay 0.1.0: patchbay scan …, at 2026-03-01T12:00:00.000000Z", with its newline.
std::string scan_comment(const ScanHeading& heading);
// How many ports of tcp and udp a plan asks of each host.
std::uint64_t numbered_ports(const ScanPlan& plan);

}  // namespace patchbay
