#include "patchbay/wire/icmp_message.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "patchbay/wire/hex_fixture.hpp"
#include "patchbay/wire/internet_checksum.hpp"
#include "patchbay/wire/tcp_segment.hpp"

namespace patchbay {
namespace {

const std::string k_quote4 = "4500 003c abcd 4000 4006 0000 c0a80001 c0a800c7  9c40 01bb 01020304 ";
const std::string k_quote6 =
    "60000000 0028 06 40 20010db8 00000000 00000000 00000001 20010db8 00000000 00000000 000000ff"
    "9c40 01bb 01020304 ";

TEST(IcmpEcho, IsWrittenWithItsChecksum) {
  const auto data = from_hex("6162");
  std::array<std::byte, 10> bytes;
  ASSERT_EQ(write_icmp_echo_request({.identifier = 0x1234, .sequence = 1, .data = data}, bytes),
            10U);
  // 0800 + 1234 + 0001 + 6162 = 7b97
  EXPECT_TRUE(std::ranges::equal(bytes, from_hex("08 00 8468 1234 0001 6162")));
  const auto read = read_icmp_message(bytes, IpVersion::v4);
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->is_echo_request());
  EXPECT_FALSE(read->is_echo_reply());
  EXPECT_FALSE(read->is_error());
  EXPECT_EQ(read->identifier(), 0x1234);
  EXPECT_EQ(read->sequence(), 1);
  EXPECT_TRUE(std::ranges::equal(read->body, data));
  EXPECT_EQ(write_icmp_echo_request({.data = data}, std::span(bytes).first(9)), 0U);
}

TEST(IcmpEcho, OverIpv6ItsChecksumHasTheAddresses) {
  const auto source = from_hex("20010db8000000000000000000000001");
  const auto destination = from_hex("20010db80000000000000000000000ff");
  std::array<std::byte, 8> bytes;
  ASSERT_EQ(write_icmp_echo_request({.version = IpVersion::v6, .identifier = 7}, bytes), 8U);
  EXPECT_EQ(bytes[0], std::byte{128});
  set_icmpv6_checksum(bytes, source, destination);
  InternetSum sum = pseudo_header_sum(source, destination, k_protocol_icmpv6, bytes.size());
  sum.add(bytes);
  EXPECT_EQ(sum.checksum(), 0);
}

TEST(IcmpMessage, KnowsEchoesAndErrorsOfItsFamily) {
  const auto reply4 = read_icmp_message(from_hex("00 00 0000 1234 0001"), IpVersion::v4);
  ASSERT_TRUE(reply4);
  EXPECT_TRUE(reply4->is_echo_reply());
  const auto reply6 = read_icmp_message(from_hex("81 00 0000 1234 0001"), IpVersion::v6);
  ASSERT_TRUE(reply6);
  EXPECT_TRUE(reply6->is_echo_reply());
  const IcmpMessageView zero6{.version = IpVersion::v6, .type = 0};
  EXPECT_FALSE(zero6.is_echo_reply());
  for (const int type : {3, 4, 5, 11, 12}) {
    EXPECT_TRUE((IcmpMessageView{.type = static_cast<std::uint8_t>(type)}.is_error())) << type;
  }
  for (const int type : {0, 8, 9, 10, 13, 128}) {
    EXPECT_FALSE((IcmpMessageView{.type = static_cast<std::uint8_t>(type)}.is_error())) << type;
  }
  EXPECT_TRUE((IcmpMessageView{.version = IpVersion::v6, .type = 127}.is_error()));
  EXPECT_FALSE((IcmpMessageView{.version = IpVersion::v6, .type = 128}.is_error()));
}

TEST(IcmpMessage, CutWithinItsHeaderIsNone) {
  const auto bytes = from_hex("03 01 0000 00000000");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(read_icmp_message(std::span(bytes).first(size), IpVersion::v4)) << size;
  }
  EXPECT_TRUE(read_icmp_message(bytes, IpVersion::v4));
}

TEST(IcmpError, QuotesAPacketOfWhichEightBytesAreEnough) {
  const auto bytes = from_hex("03 0d 0000 00000000" + k_quote4);
  const auto error = read_icmp_message(bytes, IpVersion::v4);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, 13);
  const auto quoted = read_quoted_packet(*error);
  ASSERT_TRUE(quoted);
  EXPECT_TRUE(quoted->cut);
  EXPECT_EQ(quoted->protocol, k_protocol_tcp);
  EXPECT_EQ(quoted->label, 0xabcdU);
  const auto tcp = read_tcp_quote(quoted->payload);
  ASSERT_TRUE(tcp);
  EXPECT_EQ(tcp->source_port, 40'000);
  EXPECT_EQ(tcp->destination_port, 443);
  EXPECT_EQ(tcp->sequence, 0x01020304U);
}

TEST(IcmpError, QuotesIpv6) {
  const auto bytes = from_hex("01 04 0000 00000000" + k_quote6);
  const auto error = read_icmp_message(bytes, IpVersion::v6);
  ASSERT_TRUE(error);
  const auto quoted = read_quoted_packet(*error);
  ASSERT_TRUE(quoted);
  EXPECT_EQ(quoted->protocol, k_protocol_tcp);
  EXPECT_EQ(quoted->payload.size(), 8U);
}

TEST(IcmpError, WithoutAUsableQuotationHasNone) {
  const auto quoted = [](const std::string& hex, IpVersion version) {
    const auto bytes = from_hex(hex);
    const auto message = read_icmp_message(bytes, version);
    return message && read_quoted_packet(*message).has_value();
  };
  EXPECT_TRUE(quoted("03 01 0000 00000000" + k_quote4, IpVersion::v4));
  EXPECT_FALSE(quoted("03 01 0000 00000000" + k_quote6, IpVersion::v4));  // the other family
  EXPECT_FALSE(quoted("01 01 0000 00000000" + k_quote4, IpVersion::v6));
  EXPECT_FALSE(quoted("08 00 0000 00000000" + k_quote4, IpVersion::v4));  // no error
  EXPECT_FALSE(quoted("03 01 0000 00000000", IpVersion::v4));
  EXPECT_FALSE(
      quoted("03 01 0000 00000000 4500 003c abcd 4000 4006 0000 c0a80001 c0a800", IpVersion::v4));
  EXPECT_FALSE(quoted(  // a later fragment, which has no ports
      "03 01 0000 00000000 4500 003c abcd 0001 4006 0000 c0a80001 c0a800c7 9c4001bb01020304",
      IpVersion::v4));
}

}  // namespace
}  // namespace patchbay
