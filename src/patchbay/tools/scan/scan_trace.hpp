// ScanTrace: a line for each probe that leaves and each answer to one (--packet-trace).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <utility>

#include "patchbay/base/time.hpp"
#include "patchbay/tools/scan/run/scan_probe.hpp"
#include "patchbay/tools/scan/scan_answer.hpp"
#include "patchbay/tools/scan/scan_plan.hpp"

namespace patchbay {

class ScanTrace {
 public:
  // `tell` gets each line, which is safe to print and has no newline.
  explicit ScanTrace(std::function<void(const std::string&)> tell) : tell_(std::move(tell)) {}

  // "   0.0123 s  sent  tcp 10.0.0.7:22 by syn, try 1"
  void sent(const ScanPlan& plan, const ScanProbe& probe, Instant now);
  // "   0.0125 s  got   tcp 10.0.0.7:22 open: syn-ack, try 1, ttl 64, 210 µs"
  void answered(const ScanPlan& plan, ScanTarget target, const ScanAnswer& answer, Instant now);

 private:
  void line(Instant now, const char* what, const std::string& about);

  std::function<void(const std::string&)> tell_;
  std::optional<Instant> began_;  // with the first line
};

}  // namespace patchbay
