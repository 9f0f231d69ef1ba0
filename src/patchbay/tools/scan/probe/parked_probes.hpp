// ParkedProbes: probes that wait until it is known who the neighbour is that they go to.
#pragma once

#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

#include "patchbay/net/neighbour_table.hpp"
#include "patchbay/tools/scan/run/scan_probe.hpp"

namespace patchbay {

class ParkedProbes {
 public:
  void park(NeighbourTable::Id neighbour, const ScanProbe& probe) {
    parked_[neighbour].push_back(probe);
  }
  // The neighbour is known now: his are due.
  void let_go(NeighbourTable::Id neighbour) {
    const std::vector<ScanProbe> his = take(neighbour);
    due_.insert(due_.end(), his.begin(), his.end());
  }
  // One that is due, if any is.
  std::optional<ScanProbe> next_due() {
    if (due_.empty()) return std::nullopt;
    const ScanProbe probe = due_.back();
    due_.pop_back();
    return probe;
  }
  // Those of a neighbour, who is not waited for any more.
  std::vector<ScanProbe> take(NeighbourTable::Id neighbour) {
    auto his = parked_.extract(neighbour);
    return his.empty() ? std::vector<ScanProbe>() : std::move(his.mapped());
  }

 private:
  std::unordered_map<NeighbourTable::Id, std::vector<ScanProbe>> parked_;
  std::vector<ScanProbe> due_;
};

}  // namespace patchbay
