#include "patchbay/tools/scan/scan_progress.hpp"

#include <fmt/format.h>

#include "patchbay/base/units.hpp"
#include "patchbay/tools/scan/count_text.hpp"

namespace patchbay {

ScanProgress ScanGauge::read(Instant now) {
  const ScanTally tally = run_.tally(now);
  ScanProgress progress{.finds_hosts = run_.plan().one_answer_is_enough,
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

std::string to_string(const ScanProgress& progress) {
  std::string text = fmt::format("{}: {:.0f} %, {} of {} answered, {} probes/s",
                                 progress.finds_hosts ? "hosts" : "scan", progress.done * 100,
                                 grouped(progress.answered), grouped(progress.targets),
                                 grouped(static_cast<std::uint64_t>(progress.per_second)));
  if (progress.left) {
    const auto seconds = std::chrono::ceil<std::chrono::seconds>(*progress.left);
    text += fmt::format(", {} left", format_duration(seconds));
  }
  return text;
}

}  // namespace patchbay
