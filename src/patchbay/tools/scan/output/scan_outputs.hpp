// ScanOutputs: everything that tells what a scan finds: the table or the JSON lines on stdout, the
// files, and whether it is what was expected.
//
//   auto outputs = ScanOutputs::open(flags.output, std::move(heading), out);   // before any packet
//   if (!outputs) return outputs.error();                                      // told already
//   if (const int code = (*outputs)->check(plan); code != exit_ok) return code;
//   (*outputs)->started(plan);
//   ScanRun run(plan, pace, **outputs, seed);  …
//   (*outputs)->ended(run.totals(now));    // always, also after Ctrl-C: it closes the files
//   return (*outputs)->exit_code();
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "patchbay/tools/output.hpp"
#include "patchbay/tools/scan/output/expectation_check.hpp"
#include "patchbay/tools/scan/output/scan_heading.hpp"
#include "patchbay/tools/scan/output/scan_json_writer.hpp"
#include "patchbay/tools/scan/output/scan_output_flags.hpp"
#include "patchbay/tools/scan/output/scan_sink.hpp"
#include "patchbay/tools/scan/output/scan_view.hpp"
#include "patchbay/tools/scan/output/told_ports.hpp"
#include "patchbay/tools/scan/scan_listener.hpp"

namespace patchbay {

class ScanOutputs final : public ScanListener {
 public:
  // Opens every file; nothing is written yet and no file has lost anything. What is wrong is told
  // through `out`, and the code to exit with returned. `heading.now` may be left out.
  static std::expected<std::unique_ptr<ScanOutputs>, int> open(const ScanOutputFlags& flags,
                                                               ScanHeading heading, Output& out);

  // Whether the plan can answer what is expected. What is wrong is told; the code to exit with.
  int check(const ScanPlan& plan);

  // `plan` outlives the scan.
  void started(const ScanPlan& plan) override;
  void found(const IpAddress& address, const PortFinding& finding) override;
  void host(const HostReport& report) override;
  void ended(const ScanTotals& totals) override;

  // Without it each of these calls writes what it tells. From now on lines of an output are
  // gathered, some 64 KiB of them, until flush(). `told` is called whenever there are some, and
  // sees to it that they are written before the loop waits.
  void gather(std::function<void()> told) { gathers_ = std::move(told); }
  void flush();

  // A warning, which is safe to print: on stderr and in the JSON outputs.
  void warn(const std::string& text);
  // For the JSON outputs; what people see of it is Output::progress().
  void progress(const ScanProgress& progress);

  // exit_failed where an output could not be written, exit_condition where the scan is not what was
  // expected, else exit_ok.
  int exit_code() const;

 private:
  using Shape = ScanJsonWriter::Shape;

  ScanOutputs(const ScanOutputFlags& flags, ScanHeading heading, Output& out);

  std::expected<void, Failure> open_files();
  std::expected<ScanSink*, Failure> open_sink(const std::string& path, bool document);
  std::expected<void, Failure> open_all(const std::vector<std::string>& paths, bool document,
                                        const std::function<void(ScanSink&)>& make);
  void add_json(std::unique_ptr<ScanJsonWriter> writer);
  void flush_soon();
  void tell(const std::vector<Violation>& violations);
  void tell(const Violation& violation);

  // So many are told; of the others only how many they are.
  static constexpr std::size_t k_most_told_violations = 1'000;

  const ScanOutputFlags flags_;
  ScanHeading heading_;
  Output& out_;
  ToldPorts told_;
  std::function<void()> gathers_;
  std::optional<ScanExpectation> expectation_;
  std::unique_ptr<ExpectationCheck> check_;
  std::size_t violations_ = 0;
  bool stdout_is_taken_ = false;
  std::vector<std::unique_ptr<ScanSink>> sinks_;
  std::vector<std::unique_ptr<ScanListener>> listeners_;
  std::vector<ScanJsonWriter*> json_;  // of listeners_
  std::vector<ScanTextWriter*> text_;
};

// What --open leaves of a report.
HostReport only_open(const HostReport& report);

}  // namespace patchbay
