// TargetWalk: all targets of a plan, once, in the order in which a scan asks them.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "patchbay/tools/scan/run/scan_order.hpp"
#include "patchbay/tools/scan/scan_plan.hpp"

namespace patchbay {

// Which part of all targets this scan is to ask: part `index`, from 0, of `count` that have the
// same seed.
struct ScanShard {
  std::uint32_t index = 0;
  std::uint32_t count = 1;
};

// The likely ports of all hosts come first. The order of each half is the seed's, and nothing is
// remembered but where the walk stands.
class TargetWalk {
 public:
  TargetWalk(const ScanPlan& plan, std::uint64_t seed, const ScanShard& shard);

  // The next one; nothing after the last.
  std::optional<ScanTarget> next();
  // It is not passed before it is wanted: the same until pass().
  std::optional<ScanTarget> due();
  void pass() { due_.reset(); }
  void rewind();
  // How many were taken since the last rewind, the one that is due included.
  std::uint64_t position() const { return position_; }
  // How many targets there are. Counts them where they are a part.
  std::uint64_t size() const;
  // … without the one that is due.
  std::uint64_t passed() const { return position_ - (due_ ? 1 : 0); }
  // Whether each target is one of the walk, and whether it has been passed: that walks the part
  // behind once more or the part ahead, whichever is shorter.
  std::vector<bool> all() const;
  std::vector<bool> all_passed() const;
  // visit(position, target) for the first so many, wherever the walk stands.
  template <class Visit>
  void for_each(std::uint64_t count, Visit visit) const;

  // Where it stands, for a file: ScanOrder::steps_taken() of each half, without the one that is
  // due.
  struct Steps {
    std::uint64_t likely = 0;
    std::uint64_t others = 0;
  };
  Steps steps() const;
  void go_to(const Steps& steps);

 private:
  std::uint64_t targets_;
  std::uint64_t likely_targets_;
  bool is_whole_;  // no part of it
  ScanOrder likely_;
  ScanOrder others_;
  std::uint64_t position_ = 0;
  std::optional<ScanTarget> due_;
};

template <class Visit>
void TargetWalk::for_each(std::uint64_t count, Visit visit) const {
  TargetWalk walk = *this;
  walk.rewind();
  for (std::uint64_t position = 0; position < count; ++position) {
    const auto target = walk.next();
    if (!target) break;
    visit(position, *target);
  }
}

}  // namespace patchbay
