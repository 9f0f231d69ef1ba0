// HostSearch: who is there, asked in one way after the other.
#pragma once

#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "patchbay/tools/scan/scan_part.hpp"

namespace patchbay {

// Each way asks those only who are silent so far: any answer will do.
class HostSearch {
 public:
  // Probes a way to its end; `is_last`: no other comes after it.
  using Probe = std::function<Task<Result<>>(ScanPart& way, bool is_last)>;

  // `nobody` hears of ports that only tell who is there; it outlives the ways.
  HostSearch(std::vector<ScanPlan> ways, const ScanPace& pace, std::uint64_t seed,
             ScanListener& nobody)
      : to_come_(std::move(ways)), pace_(pace), seed_(seed), nobody_(nobody) {}

  // Once. Faults: those of `probe`.
  Task<Result<>> run(Probe probe);

  // Those that have begun.
  std::vector<ScanPart>& ways() { return ways_; }
  // Those of `hosts` that have answered in any way.
  IpSet there(const IpSet& hosts) const;

 private:
  IpSet silent(IpSet hosts) const;

  std::vector<ScanPlan> to_come_;
  const ScanPace pace_;
  const std::uint64_t seed_;
  ScanListener& nobody_;
  std::vector<ScanPart> ways_;
};

}  // namespace patchbay
