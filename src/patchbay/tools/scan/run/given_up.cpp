// The hosts that ScanRun gives up, and what of a scan that has not come to its end was asked.
#include "patchbay/tools/scan/run/scan_run.hpp"

namespace patchbay {

// Of the first round: after it all have been.
std::uint64_t ScanRun::positions_asked() const {
  return round_ > 1 || phase_ != Phase::asking ? positions_ : walk_.passed();
}

void ScanRun::forget_unasked() {
  std::vector<ScanProbe> waiting;  // for their first turn
  if (round_ == 1 && spacing_) waiting = spacing_->waiting();
  if (round_ == 1) waiting.insert(waiting.end(), put_off_.begin(), put_off_.end());
  const bool were_all = positions_asked() == positions_;
  if (were_all && given_up_.empty() && waiting.empty()) return;
  std::vector<bool> targets = were_all ? walk_.all() : walk_.all_passed();
  if (!given_up_.empty()) {
    walk_.for_each(positions_asked(), [&](std::uint64_t position, ScanTarget target) {
      const auto given_up = given_up_.find(plan_.host_of(target));
      if (given_up == given_up_.end()) return;
      if (position >= given_up->second.positions) targets[target] = false;
    });
  }
  for (const ScanTarget target : dropped_unasked_) targets[target] = false;
  for (const ScanProbe& probe : waiting) {
    if (!probe.canary) targets[probe.target] = false;
  }
  findings_.restrict_to(std::move(targets));
}

void ScanRun::give_up(std::uint64_t host, bool is_late) {
  findings_.skip(host);
  given_up_.try_emplace(host, GivenUp{.is_late = is_late, .positions = positions_asked()});
}

// When it is to be asked again, and not before: whoever has answered all of it by then is in time.
bool ScanRun::give_up_if_late(ScanTarget target, Instant now) {
  if (!timer_ || !timer_->is_over(plan_.host_of(target), now)) return false;
  give_up(plan_.host_of(target), true);
  return true;
}

// Of one that had to wait.
bool ScanRun::is_still_due(const ScanProbe& probe, Instant now) {
  if (probe.canary) return true;
  return !is_done(probe.target) && !give_up_if_late(probe.target, now);
}

}  // namespace patchbay
