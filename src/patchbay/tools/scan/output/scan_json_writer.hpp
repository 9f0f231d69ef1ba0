// ScanJsonWriter: the records of a scan (scan_record.hpp), on stdout with --json, as lines in a
// file (-oD), or as one document, an array of them with one on a line (-oJ).
#pragma once

#include "patchbay/tools/output.hpp"
#include "patchbay/tools/scan/output/scan_record.hpp"
#include "patchbay/tools/scan/output/scan_sink.hpp"
#include "patchbay/tools/scan/output/told_ports.hpp"
#include "patchbay/tools/scan/scan_listener.hpp"

namespace patchbay {

class ScanJsonWriter final : public ScanListener {
 public:
  enum class Shape { lines, document };

  // What is given outlives it. `told` is kept by whoever calls: it holds what found() was called
  // with. Where there is an `out`, the command line writes the first and the last line.
  ScanJsonWriter(const ScanHeading& heading, const ToldPorts& told, ScanSink& sink, Shape shape,
                 Output* out = nullptr)
      : heading_(heading), told_(told), sink_(sink), shape_(shape), out_(out) {}

  void started(const ScanPlan& plan) override;
  void found(const IpAddress& address, const PortFinding& finding) override;
  void host(const HostReport& report) override;
  void ended(const ScanTotals& totals) override;

  // Anything else; progress is nothing for a document.
  void put(const Record& record);
  void progress(const ScanProgress& progress);

 private:
  const ScanHeading& heading_;
  const ToldPorts& told_;
  ScanSink& sink_;
  const Shape shape_;
  Output* const out_;
  const ScanPlan* plan_ = nullptr;
  bool is_first_ = true;
};

}  // namespace patchbay
