#include "patchbay/tools/scan/targets/host_split.hpp"

#include <vector>

namespace patchbay {

HostSplit split_hosts(const IpSet& hosts, std::span<const Interface> interfaces) {
  std::vector<IpRange> own = {IpNetwork::parse("127.0.0.0/8")->range(),
                              IpNetwork::parse("::1/128")->range()};
  for (const Interface& interface : interfaces) {
    for (const InterfaceAddress& entry : interface.addresses) {
      own.push_back({entry.address, entry.address});
    }
  }
  const auto all = hosts.ranges();
  HostSplit split{.here = {}, .elsewhere = IpSet(all, own)};
  split.here = IpSet(all, split.elsewhere.ranges());
  return split;
}

}  // namespace patchbay
