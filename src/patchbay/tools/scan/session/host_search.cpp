#include "patchbay/tools/scan/session/host_search.hpp"

#include <iterator>
#include <utility>

#include "patchbay/net/loop.hpp"
#include "patchbay/tools/scan/scan_discovery.hpp"

namespace patchbay {

void HostSearch::add(std::vector<ScanPlan> ways) {
  for (ScanPlan& plan : ways) {
    if (!plan.hosts.empty()) to_come_.push_back(std::move(plan));
  }
}

void HostSearch::take_up(ScanCheckpoint way) {
  const ScanRun::Position& position = way.position;
  const std::uint64_t steps = position.likely_steps + position.other_steps;
  if (position.round > 1 || steps > 0 || position.is_whole) {
    ways_.emplace_back(std::move(way), pace_, nobody_);
  } else {
    to_come_.push_back(std::move(way.plan));  // whom it asks the others decide
  }
}

Task<Result<>> HostSearch::run(Probe probe) {
  for (ScanPart& way : ways_) {
    if (way.run().finished(Loop::current().now())) continue;
    const auto probed = co_await probe(way, &way == &ways_.back() && to_come_.empty());
    if (!probed) co_return probed.error();
  }
  while (!to_come_.empty()) {
    ScanPlan plan = std::move(to_come_.front());
    to_come_.pop_front();
    plan.hosts = silent(std::move(plan.hosts));
    if (plan.hosts.empty()) continue;
    ways_.emplace_back(std::move(plan), pace_, nobody_, seed_, ScanShard());
    const auto probed = co_await probe(ways_.back(), to_come_.empty());
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

void HostSearch::write_checkpoints(const TextSink& sink) const {
  for (const ScanPart& way : ways_) way.write_checkpoint(sink);
  ScanListener nobody;
  for (const ScanPlan& plan : to_come_) {
    ScanPart(plan, pace_, nobody, seed_, ScanShard()).write_checkpoint(sink);
  }
}

}  // namespace patchbay
