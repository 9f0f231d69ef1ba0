#include "patchbay/net/special_network.hpp"

#include <gtest/gtest.h>

#include "patchbay/net/special_networks_table.hpp"

namespace patchbay {
namespace {

const SpecialNetwork* special(std::string_view text) {
  return special_network_of(IpAddress::parse(text).value_or(IpAddress()));
}

TEST(SpecialNetwork, EachRowIsANetworkAndIsFound) {
  for (const auto& row : tables::k_special_networks) {
    const auto network = IpNetwork::parse(row.network);
    ASSERT_TRUE(network) << row.network;
    const auto address = IpAddress::parse(row.network.substr(0, row.network.find('/')));
    ASSERT_TRUE(address) << row.network;
    EXPECT_EQ(network->first(), *address) << "bits behind the prefix of " << row.network;
    const SpecialNetwork* const found = special_network_of(network->last());
    ASSERT_NE(found, nullptr) << row.network;
    EXPECT_GE(IpNetwork::parse(found->network)->prefix_length(), network->prefix_length());
  }
  EXPECT_GE(tables::k_special_networks.size(), 39U);
}

TEST(SpecialNetwork, TheLongerPrefixTells) {
  EXPECT_EQ(special("0.0.0.0")->network, "0.0.0.0/32");
  EXPECT_EQ(special("0.0.0.1")->network, "0.0.0.0/8");
  EXPECT_EQ(special("255.255.255.255")->purpose, "broadcast on this link");
  EXPECT_EQ(special("240.0.0.1")->purpose, "reserved");
  EXPECT_EQ(special("2001:2::1")->purpose, "tests of network devices");
}

TEST(SpecialNetwork, AllOfThemComeLongerPrefixesFirst) {
  const auto all = special_networks();
  EXPECT_EQ(all.size(), tables::k_special_networks.size());
  for (std::size_t i = 1; i < all.size(); ++i) {
    EXPECT_GE(IpNetwork::parse(all[i - 1].network)->prefix_length(),
              IpNetwork::parse(all[i].network)->prefix_length());
  }
}

TEST(SpecialNetwork, OrdinaryAddressesAreNone) {
  for (const char* text : {"1.1.1.1", "172.32.0.1", "2a00::1", "2001:4860::8888", "100.128.0.1"}) {
    EXPECT_EQ(special(text), nullptr) << text;
    EXPECT_EQ(reach_of(IpAddress::parse(text).value_or(IpAddress())), Reach::global) << text;
  }
}

TEST(SpecialNetwork, TellsHowFarAPacketGoes) {
  EXPECT_EQ(special("192.168.3.4")->reach, Reach::site);
  EXPECT_EQ(special("fd00::1")->reach, Reach::site);
  EXPECT_EQ(special("fe80::1")->reach, Reach::link);
  EXPECT_EQ(special("127.9.9.9")->reach, Reach::host);
  EXPECT_EQ(special("239.1.1.1")->reach, Reach::group);
  EXPECT_EQ(special("192.0.2.1")->reach, Reach::none);
}

}  // namespace
}  // namespace patchbay
