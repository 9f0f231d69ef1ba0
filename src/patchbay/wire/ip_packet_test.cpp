#include "patchbay/wire/ip_packet.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "patchbay/wire/hex_fixture.hpp"
#include "patchbay/wire/internet_checksum.hpp"

namespace patchbay {
namespace {

const std::string k_head6 =  // but for length, next header and hop limit
    "20010db8 00000000 00000000 00000001  20010db8 00000000 00000000 000000ff ";

bool is(std::span<const std::byte> bytes, std::string_view hex) {
  return std::ranges::equal(bytes, from_hex(hex));
}

TEST(IpPacket, ReadsIpv4) {
  const auto bytes =
      from_hex("4510 001c abcd 4000 3f11 0000 c0a80001 c0a800c7 0035 d431 0008 0000");
  const auto read = read_ip_packet(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->version, IpVersion::v4);
  EXPECT_EQ(read->protocol, k_protocol_udp);
  EXPECT_EQ(read->hop_limit, 63);
  EXPECT_EQ(read->traffic_class, 0x10);
  EXPECT_EQ(read->label, 0xabcdU);
  EXPECT_EQ(read->header_bytes, 20U);
  EXPECT_FALSE(read->is_fragment());
  EXPECT_FALSE(read->cut);
  EXPECT_TRUE(is(read->source, "c0a80001"));
  EXPECT_TRUE(is(read->destination, "c0a800c7"));
  EXPECT_TRUE(is(read->payload, "0035 d431 0008 0000"));
}

TEST(IpPacket, PassesOverIpv4OptionsAndPadding) {
  const auto bytes =
      from_hex("4600 001a 0000 0000 4011 0000 c0a80001 c0a800c7 94040000 0102  000000000000000000");
  const auto read = read_ip_packet(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->header_bytes, 24U);
  EXPECT_TRUE(is(read->payload, "0102"));
}

TEST(IpPacket, TellsFragmentsOfIpv4) {
  const auto first = from_hex("4500 001c 0001 2000 4011 0000 c0a80001 c0a800c7 0035d43100080000");
  const auto last = from_hex("4500 001c 0001 00b9 4011 0000 c0a80001 c0a800c7 0035d43100080000");
  auto read = read_ip_packet(first);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->is_fragment());
  EXPECT_TRUE(read->begins());
  read = read_ip_packet(last);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->is_fragment());
  EXPECT_FALSE(read->begins());
  EXPECT_EQ(read->fragment_offset, 185 * 8);
}

TEST(IpPacket, RefusesIpv4ThatContradictsItself) {
  EXPECT_FALSE(read_ip_packet(from_hex("4400 0014 0000 0000 4011 0000 c0a80001 c0a800c7")));
  EXPECT_FALSE(read_ip_packet(from_hex("4500 0013 0000 0000 4011 0000 c0a80001 c0a800c7")));
  EXPECT_FALSE(read_ip_packet(from_hex("4600 0018 0000 0000 4011 0000 c0a80001 c0a800c7 9404")));
  EXPECT_FALSE(read_ip_packet(from_hex("5500 0014 0000 0000 4011 0000 c0a80001 c0a800c7")));
  EXPECT_FALSE(read_ip_packet({}));
}

TEST(IpPacket, ReadsIpv6) {
  const auto bytes = from_hex("6ab fffff 0002 11 40" + k_head6 + "0102 99");
  const auto read = read_ip_packet(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->version, IpVersion::v6);
  EXPECT_EQ(read->traffic_class, 0xab);
  EXPECT_EQ(read->label, 0xfffffU);
  EXPECT_EQ(read->protocol, k_protocol_udp);
  EXPECT_EQ(read->hop_limit, 64);
  EXPECT_EQ(read->header_bytes, 40U);
  EXPECT_TRUE(is(read->source, "20010db8 00000000 00000000 00000001"));
  EXPECT_TRUE(is(read->destination, "20010db8 00000000 00000000 000000ff"));
  EXPECT_TRUE(is(read->payload, "0102"));
}

TEST(IpPacket, WalksExtensionHeaders) {
  const auto bytes = from_hex("60000000 0032 00 40" + k_head6 +
                              "2b 00 010400000000"                     // hop by hop
                              "3c 00 030000000000"                     // routing
                              "33 01 010c 00000000 00000000 00000000"  // 16 bytes of options
                              "06 02 0000 00000001 00000002 0badcafe"  // authentication
                              "1234");
  const auto read = read_ip_packet(bytes);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->protocol, k_protocol_tcp);
  EXPECT_EQ(read->header_bytes, 40U + 8 + 8 + 16 + 16);
  EXPECT_TRUE(is(read->payload, "1234"));
}

TEST(IpPacket, TellsFragmentsOfIpv6) {
  const auto first = from_hex("60000000 000c 2c 40" + k_head6 + "3c 00 0001 00000007  06 00 0000");
  auto read = read_ip_packet(first);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->begins());
  EXPECT_TRUE(read->is_fragment());
  EXPECT_EQ(read->protocol, 0x3c);  // whose rest is missing

  // What follows the header of a later fragment is no header, whatever it looks like.
  const auto last =
      from_hex("60000000 0010 2c 40" + k_head6 + "3c 00 0008 00000007  06 00 000000000000");
  read = read_ip_packet(last);
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->begins());
  EXPECT_EQ(read->fragment_offset, 8);
  EXPECT_FALSE(read->more_fragments);
  EXPECT_EQ(read->protocol, 0x3c);
  EXPECT_EQ(read->payload.size(), 8U);

  // RFC 6946: one that is the whole packet.
  const auto whole = from_hex("60000000 000a 2c 40" + k_head6 + "11 00 0000 00000007  0102");
  read = read_ip_packet(whole);
  ASSERT_TRUE(read);
  EXPECT_FALSE(read->is_fragment());
  EXPECT_TRUE(is(read->payload, "0102"));
}

TEST(IpPacket, StopsWhereNobodyCanLook) {
  const auto hidden = from_hex("60000000 0008 32 40" + k_head6 + "00000001 00000001");
  auto read = read_ip_packet(hidden);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->protocol, 50);  // ESP
  const auto none = from_hex("60000000 0000 3b 40" + k_head6);
  read = read_ip_packet(none);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->protocol, 59);
  EXPECT_TRUE(read->payload.empty());
}

TEST(IpPacket, WalksEightExtensionHeadersAndNoMore) {
  std::string many;
  for (int i = 0; i < 9; ++i) many += i == 8 ? "06 00 010400000000" : "3c 00 010400000000";
  const auto nine = from_hex("60000000 004a 3c 40" + k_head6 + many + "1234");
  auto read = read_ip_packet(nine);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->protocol, 60);
  EXPECT_EQ(read->payload.size(), 10U);
  const auto eight = from_hex("60000000 0042 3c 40" + k_head6 + many.substr(18) + "1234");
  read = read_ip_packet(eight);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->protocol, k_protocol_tcp);
}

TEST(IpPacket, CutAtAnyLengthKeepsToWhatIsThere) {
  const auto whole =
      from_hex("60000000 0012 00 40" + k_head6 + "3c 00 010400000000 06 00 010400000000 1234");
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto read = read_ip_packet(std::span(whole).first(size));
    ASSERT_EQ(read.has_value(), size >= 40) << size;
    if (!read) continue;
    EXPECT_TRUE(read->cut);
    EXPECT_EQ(read->header_bytes + read->payload.size(), size);
    EXPECT_EQ(read->protocol, size < 48 ? 0 : size < 56 ? 60 : 6) << size;
  }
  EXPECT_FALSE(read_ip_packet(whole)->cut);
}

TEST(IpHeader, OfIpv4HasAChecksum) {
  // A header that many documents show: 192.168.0.1 to 192.168.0.199, 95 bytes of UDP.
  const auto source = from_hex("c0a80001");
  const auto destination = from_hex("c0a800c7");
  std::array<std::byte, 20> bytes;
  const IpHeader header{.source = source,
                        .destination = destination,
                        .protocol = k_protocol_udp,
                        .payload_bytes = 95};
  ASSERT_EQ(write_ip_header(header, bytes), 20U);
  EXPECT_TRUE(is(bytes, "4500 0073 0000 4000 4011 b861 c0a80001 c0a800c7"));
  EXPECT_TRUE(has_right_header_checksum(bytes));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] ^= std::byte{1};
    EXPECT_FALSE(has_right_header_checksum(bytes)) << i;
    bytes[i] ^= std::byte{1};
  }
}

TEST(IpHeader, IsReadAsItWasWritten) {
  for (const std::size_t size : {4U, 16U}) {
    const auto source = from_hex(std::string(2 * size, '1'));
    const auto destination = from_hex(std::string(2 * size, '2'));
    const IpHeader header{.source = source,
                          .destination = destination,
                          .protocol = 17,
                          .hop_limit = 7,
                          .traffic_class = 0xb8,
                          .label = 0x4321,
                          .may_fragment = true,
                          .payload_bytes = 3};
    std::array<std::byte, 43> bytes{};
    const std::size_t head = write_ip_header(header, bytes);
    ASSERT_EQ(head, size == 4 ? 20U : 40U);
    const auto read = read_ip_packet(std::span(bytes).first(head + 3));
    ASSERT_TRUE(read);
    EXPECT_TRUE(std::ranges::equal(read->source, source));
    EXPECT_TRUE(std::ranges::equal(read->destination, destination));
    EXPECT_EQ(read->protocol, 17);
    EXPECT_EQ(read->hop_limit, 7);
    EXPECT_EQ(read->traffic_class, 0xb8);
    EXPECT_EQ(read->label, 0x4321U);
    EXPECT_EQ(read->payload.size(), 3U);
    EXPECT_FALSE(read->cut);
    EXPECT_TRUE(has_right_header_checksum(std::span(bytes).first(head + 3)));
  }
}

TEST(IpHeader, IsNotWrittenWhereItCannotBe) {
  const auto v4 = from_hex("c0a80001");
  const auto v6 = from_hex("20010db8000000000000000000000001");
  std::array<std::byte, 40> bytes{};
  const std::span<std::byte> into = bytes;
  EXPECT_EQ(write_ip_header({.source = v4, .destination = v6}, into), 0U);
  EXPECT_EQ(write_ip_header({.source = {}, .destination = {}}, into), 0U);
  EXPECT_EQ(write_ip_header({.source = v4, .destination = v4}, into.first(19)), 0U);
  EXPECT_EQ(write_ip_header({.source = v6, .destination = v6}, into.first(39)), 0U);
  IpHeader header{.source = v4, .destination = v4, .payload_bytes = 65'516};
  EXPECT_EQ(write_ip_header(header, into), 0U);
  header.payload_bytes = 65'515;
  EXPECT_EQ(write_ip_header(header, into), 20U);
  header = {.source = v6, .destination = v6, .payload_bytes = 65'536};
  EXPECT_EQ(write_ip_header(header, into), 0U);
  header.payload_bytes = 65'535;
  EXPECT_EQ(write_ip_header(header, into), 40U);
}

}  // namespace
}  // namespace patchbay
