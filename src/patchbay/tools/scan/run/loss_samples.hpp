// LossSamples: targets that have answered and are asked once more. Where each has one try alone,
// nothing else tells how much is lost.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_set>
#include <utility>

#include "patchbay/tools/scan/run/scan_findings.hpp"
#include "patchbay/tools/scan/run/target_walk.hpp"

namespace patchbay {

class LossSamples {
 public:
  // Both outlive it.
  LossSamples(const ScanPlan& plan, const ScanFindings& findings)
      : plan_(plan), findings_(findings) {}

  // The next to be asked, of a walk that was rewound before. Nothing: there is none, or not among
  // those that were looked at now.
  std::optional<ScanTarget> next(TargetWalk& walk);
  bool has_all() const { return has_all_; }
  // How many there may still be.
  std::uint64_t left() const;
  // Whether it is one that was asked and had not answered yet.
  bool answered(ScanTarget target) { return waiting_.erase(target) != 0; }
  bool all_answered() const { return waiting_.empty(); }
  // The others are waited for no longer. How many they are.
  std::size_t give_up() { return std::exchange(waiting_, {}).size(); }

 private:
  bool open_only() const;

  const ScanPlan& plan_;
  const ScanFindings& findings_;
  std::unordered_set<ScanTarget> waiting_;
  std::size_t asked_ = 0;
  bool has_all_ = false;
};

}  // namespace patchbay
