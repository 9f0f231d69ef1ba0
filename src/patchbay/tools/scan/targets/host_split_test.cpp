#include "patchbay/tools/scan/targets/host_split.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

IpSet set_of(std::initializer_list<const char*> texts) {
  std::vector<IpRange> ranges;
  for (const char* text : texts) ranges.push_back(*IpRange::parse(text));
  return IpSet(ranges);
}

TEST(HostSplit, OwnAddressesAndLoopbackAreHere) {
  Interface wan{.index = 2, .name = "eth0"};
  wan.addresses = {{*IpAddress::parse("192.0.2.7"), 24}, {*IpAddress::parse("2001:db8::7"), 64}};
  const HostSplit split =
      split_hosts(set_of({"127.0.0.1-127.0.0.3", "192.0.2.0/29", "2001:db8::6-2001:db8::8", "::1"}),
                  std::span(&wan, 1));
  EXPECT_EQ(split.here.ranges(),
            set_of({"127.0.0.1-127.0.0.3", "192.0.2.7", "::1", "2001:db8::7"}).ranges());
  EXPECT_EQ(split.elsewhere.ranges(),
            set_of({"192.0.2.0-192.0.2.6", "2001:db8::6", "2001:db8::8"}).ranges());
}

TEST(HostSplit, NothingOfItIsHere) {
  const HostSplit split = split_hosts(set_of({"192.0.2.0/24"}), {});
  EXPECT_TRUE(split.here.empty());
  EXPECT_EQ(split.elsewhere.size(), 256U);
}

}  // namespace
}  // namespace patchbay
