#include "patchbay/tools/lab/link_network.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

std::string shown(const InterfaceAddress& address) {
  return address.address.to_string() + "/" + std::to_string(address.prefix_length);
}

Interface with(const char* name, const char* address, int prefix_length) {
  return {.name = name, .addresses = {{*IpAddress::parse(address), prefix_length}}};
}

TEST(LinkNetwork, HasADocumentedPlaceForEachNumber) {
  EXPECT_EQ(shown(link_network(0).left[0]), "198.18.0.1/30");
  EXPECT_EQ(shown(link_network(0).right[0]), "198.18.0.2/30");
  EXPECT_EQ(shown(link_network(7).left[1]), "fd70:6174:6368:7::1/64");
  EXPECT_EQ(shown(link_network(7).right[1]), "fd70:6174:6368:7::2/64");
  EXPECT_EQ(shown(link_network(511).left[0]), "198.19.255.1/30");
  EXPECT_EQ(shown(link_network(511).left[1]), "fd70:6174:6368:1ff::1/64");
}

TEST(LinkNetwork, ShortPacketsHaveNoIpv6) {
  EXPECT_EQ(fitting(link_network(0), 1280).left.size(), 2U);
  EXPECT_EQ(fitting(link_network(0), 1279).left.size(), 1U);
  EXPECT_EQ(fitting(link_network(0), 1279).right[0].address.to_string(), "198.18.0.2");
}

TEST(LinkNetwork, TakesTheFirstTwoAddressesOfAUsersNetwork) {
  const auto v4 = parse_network("192.0.2.0/30");
  ASSERT_TRUE(v4);
  EXPECT_EQ(shown(v4->left[0]), "192.0.2.1/30");
  EXPECT_EQ(shown(v4->right[0]), "192.0.2.2/30");
  const auto pair = parse_network("192.0.2.6/31");
  ASSERT_TRUE(pair);
  EXPECT_EQ(shown(pair->left[0]), "192.0.2.6/31");
  EXPECT_EQ(shown(pair->right[0]), "192.0.2.7/31");
  const auto v6 = parse_network("fd00:1::/64");
  ASSERT_TRUE(v6);
  EXPECT_EQ(shown(v6->left[0]), "fd00:1::1/64");
  EXPECT_EQ(shown(v6->right[0]), "fd00:1::2/64");
}

TEST(LinkNetwork, RefusesWhatIsNoNetwork) {
  for (const char* text : {"", "192.0.2.0", "192.0.2.0/", "192.0.2.0/x", "192.0.2.0/0", "x/24",
                           "192.0.2.1/30", "fd00::1/64", "192.0.2.0/-1", "192.0.2.0/24x"}) {
    const auto parsed = parse_network(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().fault(), Fault::protocol) << text;
  }
  for (const char* text :
       {"192.0.2.0/32", "fd00::/128", "192.0.2.0/99", "127.0.0.0/30", "224.0.0.0/30", "0.0.0.0/30",
        "255.255.255.252/30", "::/64", "ff02::/64", "fe80::/64"}) {
    const auto parsed = parse_network(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().fault(), Fault::limit) << text;
  }
}

TEST(LinkNetwork, SeesWhatIsInTheWay) {
  const LinkNetwork network = link_network(3);
  EXPECT_FALSE(in_the_way(network, {}));
  EXPECT_FALSE(in_the_way(network, {with("eth0", "198.18.4.1", 24)}));
  EXPECT_FALSE(in_the_way(network, {with("eth0", "fd70:6174:6368:4::1", 64)}));
  for (const Interface& taken :
       {with("eth0", "198.18.3.9", 24), with("eth0", "198.18.3.1", 32),
        with("eth0", "198.19.0.1", 15), with("eth0", "fd70:6174:6368:3::99", 128)}) {
    const auto found = in_the_way(network, {taken});
    ASSERT_TRUE(found);
    EXPECT_EQ(shown(*found), shown(taken.addresses[0]));
  }
}

TEST(LinkNetwork, TakesTheLowestNumberThatIsFreeAtBothEnds) {
  EXPECT_EQ(free_number({}, {}), 0U);
  EXPECT_EQ(free_number({with("lab0", "198.18.0.1", 30)}, {with("lab0", "198.18.1.2", 30)}), 2U);
  EXPECT_EQ(free_number({with("eth0", "198.18.0.1", 15)}, {}), std::nullopt);
}

TEST(LinkNetwork, TakesTheFirstDeviceNameThatIsFree) {
  EXPECT_EQ(free_device({}), "lab0");
  EXPECT_EQ(free_device({{.name = "lo"}, {.name = "lab0"}, {.name = "lab2"}}), "lab1");
}

}  // namespace
}  // namespace patchbay
