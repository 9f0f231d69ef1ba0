// How far a scan has come, in a line.
#pragma once

#include <string>

#include "patchbay/tools/scan/output/scan_record.hpp"
#include "patchbay/tools/scan/run/scan_run.hpp"
#include "patchbay/tools/scan/service/service_meter.hpp"

namespace patchbay {

// Looks at a run from time to time.
class ScanGauge {
 public:
  explicit ScanGauge(const ScanRun& run) : run_(run) {}

  ScanProgress read(Instant now);

 private:
  const ScanRun& run_;
  Instant read_at_{};
  std::uint64_t sent_ = 0;
};

ScanProgress progress_of(const ServiceMeter& meter, Duration elapsed, Instant now);

// "scan: 41 %, 12,345 of 65,535 answered, 48,211 probes/s, 21 s left"; "hosts: …" while it is found
// out who is there; "services: 41 %, 12 of 29 ports asked, 3 s left".
std::string to_string(const ScanProgress& progress);

}  // namespace patchbay
