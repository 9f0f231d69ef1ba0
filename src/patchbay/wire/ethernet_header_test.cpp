#include "patchbay/wire/ethernet_header.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "patchbay/wire/hex_fixture.hpp"

namespace patchbay {
namespace {

constexpr EthernetAddress k_one = {0x02, 0, 0, 0, 0, 0x01};
constexpr EthernetAddress k_two = {0x02, 0, 0, 0, 0, 0x02};

TEST(EthernetFrame, ReadsItsHeader) {
  const auto frame = from_hex("020000000002 020000000001 0800 4500");
  const auto read = read_ethernet_frame(frame);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->header.destination, k_two);
  EXPECT_EQ(read->header.source, k_one);
  EXPECT_EQ(read->header.ethertype, k_ethertype_ipv4);
  EXPECT_FALSE(read->vlan);
  EXPECT_TRUE(std::ranges::equal(read->payload, from_hex("4500")));
}

TEST(EthernetFrame, LooksBehindVlanTags) {
  const auto one = from_hex("020000000002 020000000001 8100 e064 86dd 60");
  auto read = read_ethernet_frame(one);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->header.ethertype, k_ethertype_ipv6);
  EXPECT_EQ(read->vlan, 100);
  EXPECT_EQ(read->payload.size(), 1U);

  const auto two = from_hex("020000000002 020000000001 88a8 0007 8100 0064 0806 00");
  read = read_ethernet_frame(two);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->header.ethertype, k_ethertype_arp);
  EXPECT_EQ(read->vlan, 7);

  EXPECT_FALSE(read_ethernet_frame(
      from_hex("020000000002 020000000001 8100 0001 8100 0002 8100 0003 0800 45")));
}

TEST(EthernetFrame, CutWithinItsHeaderIsNone) {
  const auto frame = from_hex("020000000002 020000000001 88a8 0007 8100 0064 0806");
  for (std::size_t size = 0; size < frame.size(); ++size) {
    EXPECT_FALSE(read_ethernet_frame(std::span(frame).first(size))) << size;
  }
  EXPECT_TRUE(read_ethernet_frame(frame));
}

TEST(EthernetHeader, AddressesAreWrittenAsEverybodyDoes) {
  EXPECT_EQ(to_string(EthernetAddress{0x00, 0x0a, 0xff, 0x10, 0x00, 0x01}), "00:0a:ff:10:00:01");
}

TEST(EthernetHeader, IsReadAsItWasWritten) {
  std::array<std::byte, k_ethernet_header_bytes> bytes;
  write_ethernet_header({.destination = k_ethernet_broadcast, .source = k_one, .ethertype = 0x0806},
                        bytes);
  EXPECT_TRUE(std::ranges::equal(bytes, from_hex("ffffffffffff 020000000001 0806")));
}

TEST(EthernetGroup, HasTheLastFourBytesOfItsAddress) {
  const auto group = from_hex("ff020000 00000000 00000001 ff28 9c5a");
  const EthernetAddress wanted = {0x33, 0x33, 0xff, 0x28, 0x9c, 0x5a};
  EXPECT_EQ(ethernet_group_of(std::span<const std::byte, 16>(group)), wanted);
}

}  // namespace
}  // namespace patchbay
