#include "patchbay/tools/scan/run/target_walk.hpp"

namespace patchbay {

TargetWalk::TargetWalk(const ScanPlan& plan, std::uint64_t seed, const ScanShard& shard)
    : targets_(plan.targets()),
      likely_targets_(plan.likely_ports * plan.host_count()),
      is_whole_(shard.count == 1),
      likely_(likely_targets_, seed, shard.index, shard.count),
      others_(targets_ - likely_targets_, seed + 1, shard.index, shard.count) {}

std::optional<ScanTarget> TargetWalk::next() {
  auto target = likely_.next();
  if (!target) {
    target = others_.next();
    if (!target) return std::nullopt;
    *target += likely_targets_;
  }
  ++position_;
  return target;
}

std::optional<ScanTarget> TargetWalk::due() {
  if (!due_) due_ = next();
  return due_;
}

void TargetWalk::rewind() {
  likely_.rewind();
  others_.rewind();
  position_ = 0;
  due_.reset();
}

std::uint64_t TargetWalk::size() const { return likely_.size() + others_.size(); }

std::vector<bool> TargetWalk::all() const {
  std::vector<bool> targets(targets_, is_whole_);
  if (is_whole_) return targets;
  for_each(size(), [&](std::uint64_t, ScanTarget target) { targets[target] = true; });
  return targets;
}

std::vector<bool> TargetWalk::all_passed() const {
  const bool is_behind = !is_whole_ || passed() < targets_ / 2;
  std::vector<bool> targets(targets_, !is_behind);
  if (is_behind) {
    for_each(passed(), [&](std::uint64_t, ScanTarget target) { targets[target] = true; });
    return targets;
  }
  for (TargetWalk ahead = *this; const auto target = ahead.due(); ahead.pass()) {
    targets[*target] = false;
  }
  return targets;
}

TargetWalk::Steps TargetWalk::steps() const {
  Steps steps{.likely = likely_.steps_taken(), .others = others_.steps_taken()};
  if (due_) --(steps.others > 0 ? steps.others : steps.likely);
  return steps;
}

void TargetWalk::go_to(const Steps& steps) {
  likely_.go_to(steps.likely);
  others_.go_to(steps.others);
  position_ = likely_.steps_taken() + others_.steps_taken();
  due_.reset();
}

}  // namespace patchbay
