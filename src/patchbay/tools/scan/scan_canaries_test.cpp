#include "patchbay/tools/scan/scan_canaries.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace patchbay {
namespace {

bool has(const std::vector<std::uint16_t>& ports, std::uint16_t port) {
  return std::ranges::count(ports, port) > 0;
}

TEST(CanaryPorts, AreThoseThatNobodyNames) {
  const auto all = canary_ports({.ports = {{ScanProtocol::udp, 50'001}}}, {});
  EXPECT_TRUE(has(all, 50'000) && has(all, 50'001) && has(all, 59'999));
  EXPECT_FALSE(has(all, 49'999) || has(all, 60'000));
  EXPECT_FALSE(has(all, 55'001));  // FL-net, which runs machines

  const auto some = canary_ports({.ports = {{ScanProtocol::tcp, 50'002}}}, {"50003-50009"});
  EXPECT_EQ(some.size() + 8, all.size());
  EXPECT_FALSE(has(some, 50'002) || has(some, 50'003) || has(some, 50'009));
}

TEST(CanaryPorts, AreNoneWhereAllAreAskedOrExcluded) {
  ScanPlan plan;
  for (unsigned port = 1; port <= UINT16_MAX; ++port) {
    plan.ports.push_back({ScanProtocol::tcp, static_cast<std::uint16_t>(port)});
  }
  EXPECT_TRUE(canary_ports(plan, {}).empty());
  EXPECT_TRUE(canary_ports({}, {"40000-"}).empty());
}

}  // namespace
}  // namespace patchbay
