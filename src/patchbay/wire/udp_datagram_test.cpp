#include "patchbay/wire/udp_datagram.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "patchbay/wire/big_endian.hpp"
#include "patchbay/wire/hex_fixture.hpp"
#include "patchbay/wire/internet_checksum.hpp"
#include "patchbay/wire/ip_packet.hpp"

namespace patchbay {
namespace {

TEST(UdpDatagram, IsReadAsItWasWritten) {
  std::array<std::byte, 11> bytes{};
  ASSERT_EQ(
      write_udp_header({.source_port = 53, .destination_port = 40'000, .payload_bytes = 2}, bytes),
      8U);
  set8(bytes, 8, 0x12);
  EXPECT_TRUE(std::ranges::equal(bytes, from_hex("0035 9c40 000a 0000 12 00 00")));
  const auto read = read_udp_datagram(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->source_port, 53);
  EXPECT_EQ(read->destination_port, 40'000);
  EXPECT_EQ(read->payload.size(), 2U);  // and not what stands behind
  EXPECT_FALSE(read->cut);
}

TEST(UdpDatagram, MayBeCutBehindItsHeader) {
  const auto bytes = from_hex("0035 9c40 000a 0000 1234");
  for (std::size_t size = 0; size <= bytes.size(); ++size) {
    const auto read = read_udp_datagram(std::span(bytes).first(size));
    ASSERT_EQ(read.has_value(), size >= 8) << size;
    if (!read) continue;
    EXPECT_EQ(read->cut, size < 10);
    EXPECT_EQ(read->payload.size(), size - 8);
  }
  EXPECT_FALSE(read_udp_datagram(from_hex("0035 9c40 0007 0000 1234")));
}

TEST(UdpDatagram, IsNotWrittenWhereItCannotBe) {
  std::array<std::byte, 8> bytes{};
  EXPECT_EQ(write_udp_header({}, std::span(bytes).first(7)), 0U);
  EXPECT_EQ(write_udp_header({.payload_bytes = 65'528}, bytes), 0U);
  EXPECT_EQ(write_udp_header({.payload_bytes = 65'527}, bytes), 8U);
}

TEST(UdpChecksum, MakesTheSumComeOutAndIsNeverZero) {
  const auto source = from_hex("c0a80001");
  const auto destination = from_hex("c0a800c7");
  bool was_all_ones = false;
  for (unsigned payload = 0; payload < 0x10000; ++payload) {
    std::array<std::byte, 10> bytes{};
    write_udp_header({.source_port = 1, .destination_port = 2, .payload_bytes = 2}, bytes);
    set16(bytes, 8, static_cast<std::uint16_t>(payload));
    set_udp_checksum(bytes, source, destination);
    InternetSum sum = pseudo_header_sum(source, destination, k_protocol_udp, bytes.size());
    sum.add(bytes);
    ASSERT_EQ(sum.checksum(), 0);
    ASSERT_NE(get16(bytes, 6), 0);
    was_all_ones = was_all_ones || get16(bytes, 6) == 0xffff;
  }
  EXPECT_TRUE(was_all_ones);
}

}  // namespace
}  // namespace patchbay
