#include "patchbay/tools/scan/session/host_search.hpp"

#include "patchbay/tools/scan/scan_discovery.hpp"

namespace patchbay {

Task<Result<>> HostSearch::run(Probe probe) {
  for (ScanPlan& plan : to_come_) {
    plan.hosts = silent(std::move(plan.hosts));
    if (plan.hosts.empty()) continue;
    ScanPart& way =
        ways_.emplace_back(std::move(plan), pace_, nobody_, seed_, ScanShard());
    const auto probed = co_await probe(way, &plan == &to_come_.back());
    if (!probed) co_return probed.error();
  }
  co_return ok();
}

IpSet HostSearch::there(const IpSet& hosts) const { return hosts.without(silent(hosts)); }

IpSet HostSearch::silent(IpSet hosts) const {
  for (const ScanPart& way : ways_) {
    hosts = hosts.without(hosts_there(way.plan(), way.run().findings()));
  }
  return hosts;
}

}  // namespace patchbay
