#include "patchbay/tools/scan/output/told_ports.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

const IpAddress k_host = IpAddress::parse("10.0.0.7").value();

ScanPort tcp(int number) { return {ScanProtocol::tcp, static_cast<std::uint16_t>(number)}; }

TEST(ToldPorts, EachIsToldOnce) {
  ToldPorts told;
  for (const int number : {443, 80, 22, 8080, 21, 7}) {
    EXPECT_FALSE(told.told(k_host, tcp(number)));
    EXPECT_TRUE(told.tell(k_host, tcp(number)));
    EXPECT_FALSE(told.tell(k_host, tcp(number))) << number;
    EXPECT_TRUE(told.told(k_host, tcp(number)));
  }
  EXPECT_FALSE(told.told(k_host, {ScanProtocol::udp, 80}));
  EXPECT_FALSE(told.told(IpAddress::parse("fe80::1%1").value(), tcp(80)));
  EXPECT_TRUE(told.tell(IpAddress::parse("fe80::1%1").value(), tcp(80)));
  EXPECT_TRUE(told.tell(IpAddress::parse("fe80::1%2").value(), tcp(80)));
  told.forget(k_host);
  EXPECT_FALSE(told.told(k_host, tcp(443)));
  EXPECT_FALSE(told.told(k_host, tcp(7)));
}

TEST(ToldPorts, OfAHostOnlySoMany) {
  ToldPorts told;
  for (int number = 1; number <= 64; ++number) EXPECT_TRUE(told.tell(k_host, tcp(number)));
  EXPECT_FALSE(told.tell(k_host, tcp(65)));
  EXPECT_FALSE(told.told(k_host, tcp(65)));
  EXPECT_TRUE(told.told(k_host, tcp(64)));
}

TEST(ToldPorts, OfAGroupTheOthersAreLeft) {
  ToldPorts told;
  PortGroup group{.state = PortState::open, .count = 10, .ports = {{1, 10}}};
  EXPECT_EQ(told.untold(k_host, group), group.ports);
  for (const int number : {9, 3, 4, 1, 8}) told.tell(k_host, tcp(number));
  told.tell(k_host, {ScanProtocol::udp, 6});
  EXPECT_EQ(told.untold(k_host, group), (PortRanges{{2, 2}, {5, 7}, {10, 10}}));
  group.state = PortState::closed;
  EXPECT_EQ(told.untold(k_host, group), group.ports);
}

}  // namespace
}  // namespace patchbay
