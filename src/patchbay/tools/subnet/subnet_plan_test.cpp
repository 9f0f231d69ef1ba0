#include "patchbay/tools/subnet/subnet_plan.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

IpNetwork network(std::string_view text) { return IpNetwork::parse(text).value(); }

std::string words(const std::vector<IpNetwork>& networks) {
  std::string all;
  for (const IpNetwork& one : networks) all += (all.empty() ? "" : " ") + one.to_string();
  return all;
}

std::string split(std::string_view whole, std::string_view by) {
  const auto length = parse_split(by, network(whole));
  return length ? words(split_network(network(whole), *length)) : length.error().why;
}

TEST(Split, IntoSoManyPartsOrMore) {
  EXPECT_EQ(split("10.0.0.0/24", "1"), "10.0.0.0/24");
  EXPECT_EQ(split("10.0.0.0/24", "2"), "10.0.0.0/25 10.0.0.128/25");
  EXPECT_EQ(split("10.0.0.0/24", "3"), "10.0.0.0/26 10.0.0.64/26 10.0.0.128/26 10.0.0.192/26");
  EXPECT_EQ(split("255.255.255.252/30", "4"),
            "255.255.255.252/32 255.255.255.253/32 255.255.255.254/32 255.255.255.255/32");
  EXPECT_EQ(split("2001:db8::/63", "2"), "2001:db8::/64 2001:db8:0:1::/64");
}

TEST(Split, IntoPartsOfALength) {
  EXPECT_EQ(split("10.0.0.0/24", "/25"), "10.0.0.0/25 10.0.0.128/25");
  EXPECT_EQ(split("10.0.0.0/24", "/24"), "10.0.0.0/24");
}

TEST(Split, WhatCannotBeIsRefused) {
  EXPECT_EQ(split("10.0.0.0/24", "257"), "it has not so many addresses");
  EXPECT_EQ(split("10.0.0.0/24", "/33"), "it has not so many addresses");
  EXPECT_EQ(split("10.0.0.0/24", "/23"), "it is smaller than that itself");
  EXPECT_EQ(split("10.0.0.0/8", "/25"), "more than 65536 networks would be printed");
  EXPECT_EQ(split("::/0", "/64"), "more than 65536 networks would be printed");
  for (const char* text : {"", "0", "/", "-1", "x", "2x", "18446744073709551616"}) {
    EXPECT_EQ(split("10.0.0.0/24", text),
              "it is neither a number of parts nor the length of a prefix")
        << text;
  }
}

TEST(Needs, AreReadWithAndWithoutNames) {
  const auto needs = parse_needs("office=60,20,a=b=2");
  ASSERT_TRUE(needs);
  ASSERT_EQ(needs->size(), 3U);
  EXPECT_EQ((*needs)[0].name, "office");
  EXPECT_EQ((*needs)[0].hosts, 60U);
  EXPECT_EQ((*needs)[1].name, "");
  EXPECT_EQ((*needs)[2].name, "a=b");
  for (const char* text : {"", "0", "60,", ",60", "x", "lab=", "lab=x", "-5", "6 0"}) {
    EXPECT_FALSE(parse_needs(text)) << text;
  }
}

std::string plan(std::string_view whole, std::string_view hosts) {
  const auto planned = plan_subnets(network(whole), *parse_needs(hosts));
  if (!planned) return planned.error().what;
  std::string all;
  for (const SubnetPart& part : planned->parts) {
    all += part.need.name + std::to_string(part.need.hosts) + "=" + part.network.to_string() + " ";
  }
  return all + "| " + words(planned->unused);
}

TEST(Plan, GivesTheLargestItsPlaceFirst) {
  EXPECT_EQ(plan("10.0.0.0/24", "10,60,20"),
            "60=10.0.0.0/26 20=10.0.0.64/27 10=10.0.0.96/28 | 10.0.0.112/28 10.0.0.128/25");
}

TEST(Plan, KeepsTwoAddressesOfEachForIpv4Itself) {
  EXPECT_EQ(plan("10.0.0.0/24", "62,63"), "63=10.0.0.0/25 62=10.0.0.128/26 | 10.0.0.192/26");
  EXPECT_EQ(plan("10.0.0.0/29", "2,1,1"),
            "2=10.0.0.0/30 1=10.0.0.4/32 1=10.0.0.5/32 | 10.0.0.6/31");
}

TEST(Plan, MayUseUpTheWhole) {
  EXPECT_EQ(plan("10.0.0.0/24", "126,126"), "126=10.0.0.0/25 126=10.0.0.128/25 | ");
  EXPECT_EQ(plan("255.255.255.255/32", "1"), "1=255.255.255.255/32 | ");
  EXPECT_EQ(plan("0.0.0.0/0", "4294967294"), "4294967294=0.0.0.0/0 | ");
}

TEST(Plan, SaysForWhatThereIsNoRoom) {
  EXPECT_EQ(plan("10.0.0.0/24", "126,126,lab=1"),
            "cannot find room for lab with 1 host in 10.0.0.0/24");
  EXPECT_EQ(plan("10.0.0.0/24", "255"), "cannot find room for 255 hosts in 10.0.0.0/24");
  EXPECT_EQ(plan("0.0.0.0/0", "4294967295"), "cannot find room for 4294967295 hosts in 0.0.0.0/0");
  EXPECT_EQ(plan("::/100", "18446744073709551613"),
            "cannot find room for 18446744073709551613 hosts in ::/100");
}

TEST(Plan, GivesEachNetworkOfIpv6A64) {
  EXPECT_EQ(plan("2001:db8::/62", "1000,10"),
            "1000=2001:db8::/64 10=2001:db8:0:1::/64 | 2001:db8:0:2::/63");
  EXPECT_EQ(plan("2001:db8::/120", "10,1"),
            "10=2001:db8::/124 1=2001:db8::10/128 | "
            "2001:db8::11/128 2001:db8::12/127 2001:db8::14/126 2001:db8::18/125 2001:db8::20/123 "
            "2001:db8::40/122 2001:db8::80/121");
}

}  // namespace
}  // namespace patchbay
