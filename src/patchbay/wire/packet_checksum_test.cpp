#include "patchbay/wire/packet_checksum.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <vector>

#include "patchbay/wire/big_endian.hpp"
#include "patchbay/wire/icmp_message.hpp"
#include "patchbay/wire/tcp_segment.hpp"
#include "patchbay/wire/udp_datagram.hpp"

namespace patchbay {
namespace {

using Bytes = std::vector<std::byte>;

constexpr std::array<std::byte, 16> k_here{std::byte{0x20}, std::byte{1}, std::byte{0xdb}};
constexpr std::array<std::byte, 16> k_there{std::byte{0x20}, std::byte{1}, std::byte{0xdc}};

// Of both families; their addresses are the beginnings of the same two.
class ChecksumsOf : public testing::TestWithParam<bool> {
 protected:
  bool v6() const { return GetParam(); }
  std::span<const std::byte> source() const { return std::span(k_here).first(v6() ? 16 : 4); }
  std::span<const std::byte> target() const { return std::span(k_there).first(v6() ? 16 : 4); }

  Bytes packet(std::uint8_t protocol, std::span<const std::byte> payload) const {
    Bytes bytes(k_ipv6_header_bytes + payload.size());
    const std::size_t head = write_ip_header({.source = source(),
                                              .destination = target(),
                                              .protocol = protocol,
                                              .payload_bytes = payload.size()},
                                             bytes);
    std::ranges::copy(payload, bytes.begin() + static_cast<std::ptrdiff_t>(head));
    bytes.resize(head + payload.size());
    return bytes;
  }
  Bytes segment() const {
    Bytes bytes(k_tcp_header_bytes + 5, std::byte{'x'});  // an odd payload
    write_tcp_header({.source_port = 443, .destination_port = 20'000, .flags = k_tcp_ack}, bytes);
    set_tcp_checksum(bytes, source(), target());
    return packet(k_protocol_tcp, bytes);
  }
  Bytes datagram() const {
    Bytes bytes(k_udp_header_bytes + 3, std::byte{'x'});
    write_udp_header({.source_port = 53, .destination_port = 20'000, .payload_bytes = 3}, bytes);
    set_udp_checksum(bytes, source(), target());
    return packet(k_protocol_udp, bytes);
  }
  Bytes echo() const {
    const IpVersion version = v6() ? IpVersion::v6 : IpVersion::v4;
    Bytes bytes(k_icmp_header_bytes + 9);
    const std::array<std::byte, 9> data{std::byte{7}};
    write_icmp_echo_request({.version = version, .identifier = 1, .data = data}, bytes);
    if (v6()) set_icmpv6_checksum(bytes, source(), target());
    return packet(v6() ? k_protocol_icmpv6 : k_protocol_icmp, bytes);
  }
  std::size_t head() const { return v6() ? k_ipv6_header_bytes : k_ipv4_header_bytes; }
};
INSTANTIATE_TEST_SUITE_P(Both, ChecksumsOf, testing::Bool(),
                         [](const auto& of) { return of.param ? "v6" : "v4"; });

bool is_right(std::span<const std::byte> bytes) {
  const auto packet = read_ip_packet(bytes);
  EXPECT_TRUE(packet);
  return packet && has_right_transport_checksum(*packet);
}

TEST_P(ChecksumsOf, TcpUdpAndIcmpTellEveryBitThatHasChanged) {
  for (const Bytes& good : {segment(), datagram(), echo()}) {
    EXPECT_TRUE(is_right(good));
    for (std::size_t at = head(); at < good.size(); ++at) {
      // A datagram of another length is cut, and one without a checksum has none: see below.
      const bool is_udp = good[v6() ? 6 : 9] == std::byte{k_protocol_udp};
      if (is_udp && (at == head() + 4 || at == head() + 5)) continue;
      Bytes bad = good;
      bad[at] ^= std::byte{0x10};
      EXPECT_FALSE(is_right(bad)) << at - head();
    }
  }
}

TEST_P(ChecksumsOf, TcpAndUdpTellWhoseTheyAre) {
  for (Bytes bad : {segment(), datagram()}) {
    bad[head() - 1] ^= std::byte{1};  // the last byte of the destination
    EXPECT_FALSE(is_right(bad));
  }
}

TEST_P(ChecksumsOf, WhatComesBehindThePacketIsNotSummedUp) {
  for (Bytes good : {segment(), datagram(), echo()}) {
    good.insert(good.end(), 6, std::byte{0xee});  // as Ethernet pads short frames
    EXPECT_TRUE(is_right(good));
  }
}

TEST_P(ChecksumsOf, ADatagramMayDoWithoutOverIPv4) {
  Bytes without = datagram();
  set16(without, head() + 6, 0);
  EXPECT_EQ(is_right(without), !v6());
}

TEST_P(ChecksumsOf, WhatIsNotAllThereCannotBeTold) {
  for (const Bytes& good : {segment(), datagram()}) {
    EXPECT_TRUE(is_right(std::span(good).first(good.size() - 1)));  // cut on its way to us
    if (v6()) continue;
    Bytes fragment = good;
    fragment[6] = std::byte{0x20};  // more of them follow
    fragment[head()] ^= std::byte{1};
    EXPECT_TRUE(is_right(fragment));
  }
  EXPECT_TRUE(is_right(packet(132, k_here)));  // SCTP, which nobody here speaks
}

}  // namespace
}  // namespace patchbay
