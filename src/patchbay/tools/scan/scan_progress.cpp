#include "patchbay/tools/scan/scan_progress.hpp"

#include <fmt/format.h>

#include "patchbay/base/units.hpp"
#include "patchbay/tools/scan/count_text.hpp"

namespace patchbay {

ScanProgress ScanGauge::read(Instant now) {
  const ScanTally tally = run_.tally(now);
  const bool finds_hosts = run_.plan().one_answer_is_enough;
  ScanProgress progress{.of = finds_hosts ? ScanProgress::Of::hosts : ScanProgress::Of::ports,
                        .done = run_.progress(),
                        .left = run_.remaining(now),
                        .elapsed = tally.elapsed,
                        .sent = tally.sent,
                        .answered = run_.findings().answered(),
                        .targets = run_.plan().targets()};
  // The first look has only the whole time to go by.
  const bool is_first = read_at_ == Instant();
  const Duration passed = is_first ? tally.elapsed : now - read_at_;
  if (passed > Duration(0)) {
    progress.per_second = static_cast<double>(tally.sent - (is_first ? 0 : sent_)) /
                          std::chrono::duration<double>(passed).count();
  }
  read_at_ = now;
  sent_ = tally.sent;
  return progress;
}

ScanProgress progress_of(const ServiceMeter& meter, Duration elapsed, Instant now) {
  const auto done = static_cast<double>(meter.done());
  return {.of = ScanProgress::Of::services,
          .done = meter.targets() == 0 ? 1 : done / static_cast<double>(meter.targets()),
          .left = meter.left(now),
          .elapsed = elapsed,
          .answered = meter.done(),
          .targets = meter.targets()};
}

std::string to_string(const ScanProgress& progress) {
  const bool is_of_services = progress.of == ScanProgress::Of::services;
  const bool is_of_hosts = progress.of == ScanProgress::Of::hosts;
  std::string text = fmt::format(
      "{}: {:.0f} %, {} of {} {}", is_of_services ? "services" : (is_of_hosts ? "hosts" : "scan"),
      progress.done * 100, grouped(progress.answered), grouped(progress.targets),
      is_of_services ? "ports asked" : "answered");
  if (!is_of_services) {
    text += fmt::format(", {} probes/s", grouped(static_cast<std::uint64_t>(progress.per_second)));
  }
  if (progress.left) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*progress.left);
    text += fmt::format(", {} left", format_duration(seconds));
  }
  return text;
}

}  // namespace patchbay
