// ScanMeans: by which engine each host of a scan is asked, and in which ways it is found out first
// who is there.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "patchbay/net/interface.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/scan/scan_engine.hpp"
#include "patchbay/tools/scan/scan_flags.hpp"
#include "patchbay/tools/scan/scan_wish.hpp"

namespace patchbay {

class ScanMeans {
 public:
  // Looks whether this process may send packets, and notes in the scan's own plan who is asked by
  // which engine. All that is given outlives it; `interfaces` are those of this host.
  ScanMeans(const ScanWish& wish, const ScanFlags& flags, std::span<const Interface> interfaces,
            ScanPlan& plan);

  // Some are to be asked by packets, which this process may not send.
  bool lacks_right() const { return choice_.takes_right && !may_send_; }
  // What of the ways to find out who is there cannot be done for that reason.
  std::optional<Failure> lacks_for_discovery() const;
  // Who is asked by which engine, where that is not what anybody would expect.
  void tell(Output& out) const;

  // The plan, cut into one for each engine. None is without hosts, unless all are.
  std::vector<ScanPlan> parts() const { return plans_by_engine(plan_, hosts_); }
  bool looks_first() const;
  // The ways for the hosts of a part, or of all of it: some may have no hosts.
  std::vector<ScanPlan> discovery_of(const ScanPlan& part) const;

 private:
  const ScanWish& wish_;
  const ScanFlags& flags_;
  const std::span<const Interface> interfaces_;
  const ScanPlan& plan_;
  const HostSplit hosts_;
  const bool may_send_;
  const EngineChoice choice_;
};

}  // namespace patchbay
