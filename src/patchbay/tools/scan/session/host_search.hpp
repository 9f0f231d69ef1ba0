// HostSearch: who is there, asked in one way after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <vector>

#include "patchbay/tools/scan/scan_part.hpp"

namespace patchbay {

// Each way asks those only who are silent so far: any answer will do.
class HostSearch {
 public:
  // Probes a way to its end; `is_last`: no other comes after it.
  using Probe = std::function<Task<Result<>>(ScanPart& way, bool is_last)>;

  HostSearch(const ScanPace& pace, std::uint64_t seed) : pace_(pace), seed_(seed) {}
  HostSearch(const HostSearch&) = delete;
  HostSearch& operator=(const HostSearch&) = delete;

  // Ways come after those that are there already. Each has a plan with `one_answer_is_enough`.
  void add(std::vector<ScanPlan> ways);
  // A line of write_checkpoints(): the rest of it is asked.
  void take_up(ScanCheckpoint way);
  bool has_any() const { return !ways_.empty() || !to_come_.empty(); }

  // All that is not over yet. Faults: those of `probe`, which end it.
  Task<Result<>> run(Probe probe);

  // Those that have begun.
  const std::vector<ScanPart>& ways() const { return ways_; }
  std::vector<ScanPart>& ways() { return ways_; }
  // Those of `hosts` that have answered in any way.
  IpSet there(const IpSet& hosts) const;
  void forget() {
    ways_.clear();
    to_come_.clear();
  }
  // How far each is, for a file, a line each; those that are to come as well.
  std::size_t checkpoints() const { return ways_.size() + to_come_.size(); }
  void write_checkpoints(const TextSink& sink) const;

 private:
  IpSet silent(IpSet hosts) const;

  const ScanPace pace_;
  const std::uint64_t seed_;
  ScanListener nobody_;  // hears of ports that only tell who is there
  std::vector<ScanPart> ways_;
  std::deque<ScanPlan> to_come_;
};

}  // namespace patchbay
