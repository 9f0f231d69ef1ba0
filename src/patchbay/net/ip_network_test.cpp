#include "patchbay/net/ip_network.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }
IpNetwork network(std::string_view text) { return IpNetwork::parse(text).value(); }
IpRange range(std::string_view text) { return IpRange::parse(text).value(); }

std::string words(const std::vector<IpNetwork>& networks) {
  std::string all;
  for (const IpNetwork& one : networks) all += (all.empty() ? "" : " ") + one.to_string();
  return all;
}

TEST(IpNumber, GoesThereAndBack) {
  for (const char* text : {"0.0.0.0", "10.1.2.3", "255.255.255.255", "::", "2001:db8::1:0:ff",
                           "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}) {
    const IpAddress one = address(text);
    EXPECT_EQ(address_of(number_of(one), one.family()), one) << text;
  }
  EXPECT_TRUE(number_of(address("0.0.1.0")) == 256);
  EXPECT_TRUE(number_of(address("::1:0")) == 65536);
}

TEST(IpNetwork, IsReadInEveryForm) {
  EXPECT_EQ(network("192.0.2.0/24").to_string(), "192.0.2.0/24");
  EXPECT_EQ(network("192.0.2.77/24").to_string(), "192.0.2.0/24");
  EXPECT_EQ(network("192.0.2.77/255.255.255.192").to_string(), "192.0.2.64/26");
  EXPECT_EQ(network("192.0.2.1/0.0.0.0").to_string(), "0.0.0.0/0");
  EXPECT_EQ(network("192.0.2.1").to_string(), "192.0.2.1/32");
  EXPECT_EQ(network("2001:db8:ffff::1/33").to_string(), "2001:db8:8000::/33");
  EXPECT_EQ(network("::/0").last().to_string(), "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
  EXPECT_EQ(network("::1").to_string(), "::1/128");
}

TEST(IpNetwork, WhatIsNoneIsRefusedWithItsReason) {
  for (const char* text :
       {"", "/24", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/-1", "192.0.2.0/024", "192.0.2.0/24/8",
        "192.0.2.0/255.0.255.0", "192.0.2.0/255.255.255.1", "192.0.2/24", "::/129",
        "::/255.255.255.0", "fe80::1%1/64", "example.net/24", "1.2.3.4/24 "}) {
    const auto parsed = IpNetwork::parse(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().fault(), Fault::protocol) << text;
    EXPECT_NE(parsed.error().remedy(), "") << text;
  }
}

TEST(IpNetwork, KnowsItsParts) {
  const IpNetwork one = network("10.20.30.40/22");
  EXPECT_EQ(one.first().to_string(), "10.20.28.0");
  EXPECT_EQ(one.last().to_string(), "10.20.31.255");
  EXPECT_EQ(one.netmask().to_string(), "255.255.252.0");
  EXPECT_EQ(one.hosts().to_string(), "10.20.28.1-10.20.31.254");
  EXPECT_TRUE(one.has_broadcast());
  EXPECT_TRUE(one.contains(address("10.20.31.255")));
  EXPECT_FALSE(one.contains(address("10.20.32.0")));
  EXPECT_FALSE(one.contains(address("::1")));
  // RFC 3021, and a single address.
  EXPECT_EQ(network("10.0.0.2/31").hosts().to_string(), "10.0.0.2-10.0.0.3");
  EXPECT_EQ(network("10.0.0.2/32").hosts().to_string(), "10.0.0.2-10.0.0.2");
  EXPECT_EQ(network("2001:db8::/64").hosts().to_string(),
            "2001:db8::-2001:db8::ffff:ffff:ffff:ffff");
}

TEST(IpRange, IsReadInEveryForm) {
  EXPECT_EQ(range("192.0.2.10-192.0.3.5").to_string(), "192.0.2.10-192.0.3.5");
  EXPECT_EQ(range("192.0.2.10-40").to_string(), "192.0.2.10-192.0.2.40");
  EXPECT_EQ(range("192.0.2.0/30").to_string(), "192.0.2.0-192.0.2.3");
  EXPECT_EQ(range("192.0.2.9").to_string(), "192.0.2.9-192.0.2.9");
  EXPECT_EQ(range("2001:db8::1-2001:db8::f").to_string(), "2001:db8::1-2001:db8::f");
}

TEST(IpRange, WhatIsNoneIsRefused) {
  for (const char* text : {"192.0.2.10-9", "192.0.2.10-256", "192.0.2.10-", "-192.0.2.1",
                           "192.0.2.1-::1", "::1-5-6", "fe80::1%1-fe80::2%1", "192.0.2.10-04"}) {
    EXPECT_FALSE(IpRange::parse(text)) << text;
  }
}

TEST(IpRange, IsMadeOfTheFewestNetworks) {
  EXPECT_EQ(words(networks_of(range("10.0.0.0/24"))), "10.0.0.0/24");
  EXPECT_EQ(words(networks_of(range("10.0.0.1-10.0.0.6"))),
            "10.0.0.1/32 10.0.0.2/31 10.0.0.4/31 10.0.0.6/32");
  EXPECT_EQ(words(networks_of(range("0.0.0.0-255.255.255.255"))), "0.0.0.0/0");
  EXPECT_EQ(words(networks_of(range("::/0"))), "::/0");
  EXPECT_EQ(words(networks_of(range("255.255.255.254-255.255.255.255"))), "255.255.255.254/31");
  EXPECT_EQ(networks_of(range("::1-ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe")).size(), 254U);
}

TEST(IpRange, IsCountedToTheLast) {
  const auto count = [](std::string_view text) {
    return count_to_string(range(text).size_less_one());
  };
  EXPECT_EQ(count("10.0.0.0/24"), "256");
  EXPECT_EQ(count("0.0.0.0/0"), "4294967296");
  EXPECT_EQ(count("::/64"), "18446744073709551616");
  EXPECT_EQ(count("::/0"), "340282366920938463463374607431768211456");
}

}  // namespace
}  // namespace patchbay
