// HopFinder of a simulated host, for programs that make their own frames.
#pragma once

#include "patchbay/net/next_hop.hpp"

namespace patchbay::sim {

class Host;

// Every way is one link long, as all are in a World. Hosts answer ARP; to solicitations of IPv6
// they do not, so neighbours() knows all of those.
class HopFinder final : public patchbay::HopFinder {
 public:
  // `host` outlives it.
  explicit HopFinder(Host& host) : host_(host) {}

  // Looks at one address after the other.
  Result<HopMap> hops_to(const IpSet& targets, const HopOptions& options) override;
  Result<std::vector<LinkDevice>> devices() override;
  Result<std::vector<KnownNeighbour>> neighbours() override;

 private:
  Host& host_;
};

}  // namespace patchbay::sim
