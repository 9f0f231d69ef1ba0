// ScanRun: a scan as it goes: which probe is next, what was answered, when it is enough. Both
// engines ask it and report to it; it knows no socket and no clock.
//
//   while (!run.finished(now)) {
//     while (const auto probe = run.next(now)) { … send it … }
//     … wait for an answer, or until run.wake_at(now) …
//     run.answered(probe.target, answer, now);
//   }
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "patchbay/tools/scan/scan_answer.hpp"
#include "patchbay/tools/scan/scan_listener.hpp"
#include "patchbay/tools/scan/scan_pace.hpp"
#include "patchbay/tools/scan/scan_plan.hpp"
#include "patchbay/tools/scan/scan_report.hpp"

namespace patchbay {

struct ScanProbe {
  ScanTarget target = 0;
  std::uint8_t attempt = 1;  // 1 to 255
  bool canary = false;       // to a target that has answered, in order to measure loss
};

class ScanRun {
 public:
  // `plan` and `listener` outlive it. The order of probes is the seed's.
  ScanRun(const ScanPlan& plan, const ScanPace& pace, ScanListener& listener, std::uint64_t seed);
  ~ScanRun();
  ScanRun(const ScanRun&) = delete;
  ScanRun& operator=(const ScanRun&) = delete;

  const ScanPlan& plan() const;

  // What to send now. Nothing: ask again after an answer, or at wake_at().
  std::optional<ScanProbe> next(Instant now);
  // Instant::max() where only an answer can bring something new.
  Instant wake_at(Instant now) const;
  // Nothing is to be sent any more, and nothing that would still be an answer can come.
  bool finished(Instant now);
  // How long a try may wait for its answer: by round trips seen, never above ScanPace::timeout.
  Duration patience() const;

  // `answer.attempt` is that of the probe which was answered. Whether it is the first answer.
  bool answered(ScanTarget target, const ScanAnswer& answer, Instant now);
  // The probe could not be sent for want of something in this host: it is due again, no state comes
  // of it, and fewer are on their way for a while.
  void unsent(const ScanProbe& probe, Instant now);
  // Something that looked like an answer and was none.
  void foreign();
  // So many answers were lost in this host, most likely: whoever is silent is asked once more.
  void dropped(std::uint64_t count, Instant now);
  // No more probes; finished() once the answers on their way are there, after a short wait.
  void stop(Instant now);
  // The host is not asked any more.
  void skip_host(std::uint64_t host);

  // Results, at any time.
  HostReport report(std::uint64_t host) const;
  ScanTotals totals(Instant now) const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace patchbay
