#include "patchbay/wire/neighbour_message.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "patchbay/wire/hex_fixture.hpp"
#include "patchbay/wire/internet_checksum.hpp"

namespace patchbay {
namespace {

const std::string k_one = "fe800000 00000000 00000000 00000001";
const std::string k_two = "fe800000 00000000 00000000 00abcdef";
const std::string k_group = "ff020000 00000000 00000001 ffabcdef";
const std::string k_unspecified = "00000000 00000000 00000000 00000000";
constexpr EthernetAddress k_link = {0x02, 0, 0, 0, 0, 0x01};

std::array<std::byte, 16> address(const std::string& hex) {
  std::array<std::byte, 16> bytes;
  std::ranges::copy(from_hex(hex), bytes.begin());
  return bytes;
}

std::optional<NeighbourMessage> read(const std::string& source, const std::string& destination,
                                     const std::string& message, std::string_view hops = "ff") {
  auto packet = from_hex("60000000 0000 3a " + std::string(hops) + source + destination + message);
  packet[5] = static_cast<std::byte>(packet.size() - 40);
  const auto view = read_ip_packet(packet);
  return view ? read_neighbour_message(*view) : std::nullopt;
}

TEST(NeighbourMessage, ASolicitationIsWrittenAsRfc4861HasIt) {
  const NeighbourMessage message{.target = address(k_two), .link = k_link};
  const auto source = address(k_one);
  const auto group = solicited_node_group(address(k_two));
  EXPECT_EQ(group, address(k_group));
  std::array<std::byte, k_neighbour_message_max_bytes> bytes;
  ASSERT_EQ(write_neighbour_message(message, source, group, bytes), 32U);

  InternetSum sum = pseudo_header_sum(source, group, k_protocol_icmpv6, bytes.size());
  sum.add(bytes);
  EXPECT_EQ(sum.checksum(), 0);
  bytes[2] = bytes[3] = std::byte{0};
  EXPECT_TRUE(
      std::ranges::equal(bytes, from_hex("87 00 0000 00000000" + k_two + "01 01 020000000001")));
}

TEST(NeighbourMessage, IsReadAsItWasWritten) {
  const auto source = address(k_one);
  const auto destination = address(k_two);
  for (const bool advertisement : {false, true}) {
    for (const bool flag : {false, true}) {
      NeighbourMessage message{.advertisement = advertisement, .target = address(k_two)};
      if (flag) message.link = k_link;
      message.router = advertisement && flag;
      message.solicited = advertisement && !flag;
      message.override_cached = advertisement && flag;
      std::array<std::byte, 40 + k_neighbour_message_max_bytes> packet{};
      const std::size_t size =
          write_neighbour_message(message, source, destination, std::span(packet).last<32>());
      write_ip_header({.source = source,
                       .destination = destination,
                       .protocol = k_protocol_icmpv6,
                       .hop_limit = k_neighbour_hop_limit,
                       .payload_bytes = size},
                      packet);
      const auto view = read_ip_packet(packet);
      ASSERT_TRUE(view);
      EXPECT_EQ(read_neighbour_message(*view), message);
    }
  }
}

TEST(NeighbourMessage, WhatRfc4861SaysToDiscardIsNone) {
  const std::string asks = "87 00 0000 00000000" + k_two;
  const std::string says = "88 00 0000 60000000" + k_two;
  const std::string link1 = "01 01 020000000001";
  EXPECT_TRUE(read(k_one, k_group, asks));
  EXPECT_TRUE(read(k_two, k_one, says));
  EXPECT_FALSE(read(k_one, k_group, asks, "fe"));  // forwarded
  EXPECT_FALSE(read(k_one, k_group, "87 01 0000 00000000" + k_two));
  EXPECT_FALSE(read(k_one, k_group, "87 00 0000 00000000" + k_group));  // a group as target
  EXPECT_FALSE(read(k_one, k_group, "80 00 0000 00000000" + k_two));    // an echo
  EXPECT_FALSE(read(k_one, k_group, asks + "01 00 020000000001"));      // a length of 0
  EXPECT_FALSE(read(k_one, k_group, asks + "01 02 020000000001"));      // longer than the rest
  EXPECT_FALSE(read(k_one, k_group, asks + "01"));
  EXPECT_FALSE(read(k_two, "ff020000 00000000 00000000 00000001", says));  // solicited, to a group
  EXPECT_TRUE(read(k_two, "ff020000 00000000 00000000 00000001", "88 00 0000 20000000" + k_two));

  // Whether an address is taken, nobody asks by a link of his own, nor one host alone.
  EXPECT_TRUE(read(k_unspecified, k_group, asks));
  EXPECT_FALSE(read(k_unspecified, k_group, asks + link1));
  EXPECT_FALSE(read(k_unspecified, k_two, asks));
}

TEST(NeighbourMessage, TakesTheAddressOfItsOwnOption) {
  const std::string both = "01 01 020000000001 02 01 020000000002 0e 01 000000000000";
  const auto asks = read(k_one, k_group, "87 00 0000 00000000" + k_two + both);
  ASSERT_TRUE(asks);
  EXPECT_EQ(asks->link, k_link);
  const auto says = read(k_two, k_one, "88 00 0000 40000000" + k_two + both);
  ASSERT_TRUE(says);
  EXPECT_EQ(says->link, (EthernetAddress{0x02, 0, 0, 0, 0, 0x02}));
  EXPECT_FALSE(read(k_two, k_one, "88 00 0000 40000000" + k_two)->link);
}

TEST(NeighbourMessage, CutAtAnyLengthIsNone) {
  const auto whole = from_hex("60000000 0020 3a ff" + k_one + k_group + "87 00 0000 00000000" +
                              k_two + "01 01 020000000001");
  for (std::size_t size = 40; size < whole.size(); ++size) {
    const auto view = read_ip_packet(std::span(whole).first(size));
    ASSERT_TRUE(view);
    EXPECT_FALSE(read_neighbour_message(*view)) << size;
  }
  EXPECT_TRUE(read_neighbour_message(*read_ip_packet(whole)));
}

}  // namespace
}  // namespace patchbay
