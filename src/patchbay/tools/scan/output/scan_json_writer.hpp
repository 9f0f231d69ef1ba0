// ScanJsonWriter: the records of a scan (scan_record.hpp), on stdout with --json, as lines in a
// file (-oD), or as one document, an array of them with one on a line (-oJ).
#pragma once

#include "patchbay/tools/output.hpp"
#include "patchbay/tools/scan/output/scan_record.hpp"
#include "patchbay/tools/scan/output/scan_sink.hpp"
#include "patchbay/tools/scan/output/told_ports.hpp"
#include "patchbay/tools/scan/scan_listener.hpp"

namespace patchbay {

// Lines are given to the kernel as soon as they are known.
class ScanJsonWriter final : public ScanListener {
 public:
  enum class Shape { lines, document };

  // What is given outlives it. `told` is kept by whoever calls: it holds what found() was called
  // with. The command line writes the first and the last line of its stream.
  ScanJsonWriter(const ScanHeading& heading, const ToldPorts& told, Output& out)
      : heading_(heading), told_(told), out_(&out) {}
  ScanJsonWriter(const ScanHeading& heading, const ToldPorts& told, ScanSink& sink, Shape shape)
      : heading_(heading), told_(told), sink_(&sink), shape_(shape) {}

  void started(const ScanPlan& plan) override;
  void found(const IpAddress& address, const PortFinding& finding) override;
  void host(const HostReport& report) override;
  void ended(const ScanTotals& totals) override;

  // Anything else; progress is nothing for a document.
  void put(const Record& record);
  void progress(const ScanProgress& progress);

 private:
  void flush();

  const ScanHeading& heading_;
  const ToldPorts& told_;
  Output* out_ = nullptr;
  ScanSink* sink_ = nullptr;
  const Shape shape_ = Shape::lines;
  const ScanPlan* plan_ = nullptr;
  bool is_first_ = true;
};

}  // namespace patchbay
