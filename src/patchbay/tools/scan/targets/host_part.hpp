// Which hosts one of several parts of a scan is for, where whole hosts are parted and not their
// ports (-sn --shard).
#pragma once

#include "patchbay/net/ip_set.hpp"
#include "patchbay/tools/scan/run/target_walk.hpp"

namespace patchbay {

// A stretch of them in their order, so that a part of millions is a few ranges. The parts of a set
// are disjoint and together the whole, none has more than one host more than another, and where
// they are more than there are hosts the last ones are empty.
IpSet hosts_of_part(const IpSet& hosts, const ScanShard& shard);

}  // namespace patchbay
