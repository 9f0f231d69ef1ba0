#include "patchbay/tools/scan/targets/host_part.hpp"

#include <algorithm>
#include <vector>

namespace patchbay {

IpSet hosts_of_part(const IpSet& hosts, const ScanShard& shard) {
  if (shard.count == 1) return hosts;
  const IpNumber least = hosts.size() / shard.count;
  const IpNumber larger = hosts.size() % shard.count;  // so many parts have one more
  const IpNumber begin = least * shard.index + std::min<IpNumber>(shard.index, larger);
  const IpNumber count = least + (shard.index < larger ? 1 : 0);
  if (count == 0) return {};
  const IpAddress first = hosts.at(begin);
  const IpAddress last = hosts.at(begin + count - 1);
  std::vector<IpRange> stretch = {{first, last}};
  if (first.family() != last.family()) {
    stretch = {{first, IpNetwork(IpAddress::any(Family::v4), 0).range().last},
               {IpAddress::any(Family::v6), last}};
  }
  const IpSet all(stretch);
  return all.without(all.without(hosts));
}

}  // namespace patchbay
