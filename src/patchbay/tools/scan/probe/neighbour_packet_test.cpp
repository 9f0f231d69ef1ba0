#include "patchbay/tools/scan/probe/neighbour_packet.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/scan/probe/probe_packet.hpp"

namespace patchbay {
namespace {

constexpr EthernetAddress k_us = {2, 0, 0, 0, 0, 1};
constexpr EthernetAddress k_them = {2, 0, 0, 0, 0, 2};

IpAddress ip(std::string_view text) { return *IpAddress::parse(text); }

std::string hex(std::span<const std::byte> bytes) {
  std::string text;
  for (const std::byte each : bytes) {
    constexpr char digits[] = "0123456789abcdef";
    text += digits[std::to_integer<unsigned>(each) >> 4];
    text += digits[std::to_integer<unsigned>(each) & 15];
  }
  return text;
}

std::vector<std::byte> bytes_of(std::string_view digits) {
  std::vector<std::byte> bytes;
  const auto value = [](char digit) {
    return static_cast<unsigned>(digit <= '9' ? digit - '0' : digit - 'a' + 10);
  };
  for (std::size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(value(digits[i]) << 4 | value(digits[i + 1])));
  }
  return bytes;
}

std::string question(const NeighbourQuestion& asked) {
  std::array<std::byte, ProbePackets::k_most_short_bytes> room{};
  const std::size_t size = write_neighbour_question(asked, room);
  return hex(header_of(asked)) + " " + hex(std::span(room).first(size));
}

TEST(NeighbourQuestion, IsAnArpRequestToEverybody) {
  EXPECT_EQ(question({.asker_link = k_us, .asker = ip("10.0.0.1"), .target = ip("10.0.0.2")}),
            "ffffffffffff0200000000010806 "
            "00010800060400010200000000010a0000010000000000000a000002");
}

// RFC 4861 4.3, from the address to the group of the target, with the asker's hardware address.
TEST(NeighbourQuestion, IsASolicitationToTheTargetsGroup) {
  const std::string text =
      question({.asker_link = k_us, .asker = ip("fd00::1"), .target = ip("fd00::1:2345:6789")});
  EXPECT_EQ(text.substr(0, 28), "3333ff45678902000000000186dd");
  EXPECT_EQ(text.substr(29, 16), "6000000000203aff");
  EXPECT_EQ(text.substr(45, 64),
            "fd000000000000000000000000000001ff0200000000000000000001ff456789");
  EXPECT_EQ(text.substr(109, 4), "8700");
  EXPECT_EQ(text.substr(117),
            "00000000fd000000000000000000000123456789" + std::string("0101") + "020000000001");
}

TEST(NeighbourQuestion, OfWhoHasNoAddressDoesNotSayWhoAsks) {
  const std::string text =
      question({.asker_link = k_us, .asker = ip("::"), .target = ip("fd00::2")});
  EXPECT_EQ(text.substr(29, 16), "6000000000183aff");
}

std::optional<NeighbourReply> arp_reply(std::string_view operation, std::string_view link,
                                        std::string_view address) {
  const std::string text = std::string("000108000604") + std::string(operation) +
                           std::string(link) + std::string(address) + "0200000000010a000001";
  return read_neighbour_reply(k_ethertype_arp, bytes_of(text), k_them);
}

TEST(NeighbourReply, IsReadFromArp) {
  const auto reply = arp_reply("0002", "020000000002", "0a000002");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->address, ip("10.0.0.2"));
  EXPECT_EQ(reply->link, k_them);
  EXPECT_FALSE(arp_reply("0001", "020000000002", "0a000002"));  // a question
  EXPECT_FALSE(arp_reply("0002", "ffffffffffff", "0a000002"));  // everybody is nobody
  EXPECT_FALSE(arp_reply("0002", "01005e000001", "0a000002"));
  EXPECT_FALSE(arp_reply("0002", "020000000002", "00000000"));
}

std::vector<std::byte> advertisement(std::string_view hop_limit, std::string_view options) {
  const auto option_bytes = options.size() / 2;
  return bytes_of("60000000" + std::string(option_bytes == 0 ? "0018" : "0020") + "3a" +
                  std::string(hop_limit) +
                  "fd000000000000000000000000000002fd000000000000000000000000000001"
                  "88000000"
                  "60000000"
                  "fd000000000000000000000000000002" +
                  std::string(options));
}

TEST(NeighbourReply, IsReadFromAnAdvertisement) {
  const auto read = [](const std::vector<std::byte>& packet) {
    return read_neighbour_reply(k_ethertype_ipv6, packet, k_them);
  };
  const auto reply = read(advertisement("ff", "0201020000000009"));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->address, ip("fd00::2"));
  EXPECT_EQ(reply->link[5], 9);
  EXPECT_EQ(read(advertisement("ff", ""))->link, k_them);       // it need not say
  EXPECT_FALSE(read(advertisement("40", "0201020000000009")));  // from beyond the link
  EXPECT_FALSE(read(advertisement("ff", "0201330000000009")));
  EXPECT_FALSE(read({}));
}

}  // namespace
}  // namespace patchbay
