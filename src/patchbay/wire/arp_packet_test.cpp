#include "patchbay/wire/arp_packet.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "patchbay/wire/big_endian.hpp"
#include "patchbay/wire/hex_fixture.hpp"

namespace patchbay {
namespace {

constexpr ArpPacket k_request{.operation = k_arp_request,
                              .sender_link = {0x02, 0, 0, 0, 0, 0x01},
                              .sender = {std::byte{192}, std::byte{0}, std::byte{2}, std::byte{1}},
                              .target = {std::byte{192}, std::byte{0}, std::byte{2}, std::byte{9}}};

TEST(ArpPacket, IsWrittenAsRfc826HasIt) {
  std::array<std::byte, k_arp_packet_bytes> bytes;
  write_arp_packet(k_request, bytes);
  EXPECT_TRUE(std::ranges::equal(
      bytes, from_hex("0001 0800 06 04 0001 020000000001 c0000201 000000000000 c0000209")));
  EXPECT_EQ(read_arp_packet(bytes), k_request);
}

TEST(ArpPacket, IsReadWithPaddingBehindIt) {
  auto bytes = from_hex("0001 0800 06 04 0002 020000000009 c0000209 020000000001 c0000201");
  bytes.resize(46);
  const auto read = read_arp_packet(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->operation, k_arp_reply);
  EXPECT_EQ(read->sender_link, (EthernetAddress{0x02, 0, 0, 0, 0, 0x09}));
  EXPECT_EQ(read->sender, k_request.target);
  EXPECT_EQ(read->target_link, k_request.sender_link);
  EXPECT_EQ(read->target, k_request.sender);
}

TEST(ArpPacket, CutOrOfOtherKindsIsNone) {
  std::array<std::byte, k_arp_packet_bytes> bytes;
  write_arp_packet(k_request, bytes);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(read_arp_packet(std::span(bytes).first(size))) << size;
  }
  for (std::size_t at = 0; at < 8; at += 2) {
    const std::uint16_t was = get16(bytes, at);
    set16(bytes, at, was + 2);  // hardware, protocol, lengths, operation
    EXPECT_FALSE(read_arp_packet(bytes)) << at;
    set16(bytes, at, was);
  }
  set16(bytes, 6, 0);
  EXPECT_FALSE(read_arp_packet(bytes));
}

}  // namespace
}  // namespace patchbay
