#include "patchbay/tools/scan/targets/host_part.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace patchbay {
namespace {

IpSet set_of(std::initializer_list<const char*> texts) {
  std::vector<IpRange> ranges;
  for (const char* text : texts) ranges.push_back(*IpRange::parse(text));
  return IpSet(ranges);
}

std::set<IpAddress> addresses_of(const IpSet& hosts) {
  std::set<IpAddress> addresses;
  for (IpNumber i = 0; i < hosts.size(); ++i) addresses.insert(hosts.at(i));
  return addresses;
}

// Each host is in one part and in no other, and no part has much more to do than another.
TEST(HostPart, PartsAreDisjointAndTogetherTheWhole) {
  for (const IpSet& hosts : {set_of({"10.0.0.0/24"}), set_of({"10.0.0.7"}), set_of({"fd00::/120"}),
                             set_of({"10.0.0.1-10.0.0.9", "10.0.0.20", "10.9.0.0/28"}),
                             set_of({"10.0.0.1-10.0.0.5", "fd00::3-fd00::9", "fd00::77"}),
                             set_of({"255.255.255.255", "::"})}) {
    for (const std::uint32_t count : {1U, 2U, 3U, 7U, 256U, 300U}) {
      std::set<IpAddress> seen;
      std::size_t total = 0;
      std::size_t least = SIZE_MAX;
      std::size_t most = 0;
      for (std::uint32_t index = 0; index < count; ++index) {
        const auto part = addresses_of(hosts_of_part(hosts, {.index = index, .count = count}));
        seen.insert(part.begin(), part.end());
        total += part.size();
        least = std::min(least, part.size());
        most = std::max(most, part.size());
      }
      EXPECT_EQ(seen, addresses_of(hosts)) << count;
      EXPECT_EQ(total, seen.size()) << count << ": some are in two parts";
      EXPECT_LE(most - least, 1U) << count;
    }
  }
}

TEST(HostPart, OfMillionsIsAFewRanges) {
  const IpSet part = hosts_of_part(set_of({"10.0.0.0/8"}), {.index = 6, .count = 7});
  EXPECT_EQ(part.ranges().size(), 1U);
  EXPECT_EQ(part.ranges().back().last, *IpAddress::parse("10.255.255.255"));
}

}  // namespace
}  // namespace patchbay
