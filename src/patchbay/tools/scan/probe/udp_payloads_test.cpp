#include "patchbay/tools/scan/probe/udp_payloads.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "patchbay/base/text.hpp"
#include "patchbay/wire/big_endian.hpp"

namespace patchbay {
namespace {

// Whether the whole of it is one value of ASN.1's BER, and all within it (X.690 8.1).
bool is_ber(std::span<const std::byte> bytes, int depth = 0) {
  if (depth > 8) return false;
  while (!bytes.empty()) {
    if (bytes.size() < 2) return false;
    const std::size_t size = get8(bytes, 1);
    if (size >= 0x80 || size + 2 > bytes.size()) return false;
    const bool constructed = (get8(bytes, 0) & 0x20) != 0;
    if (constructed && !is_ber(bytes.subspan(2, size), depth + 1)) return false;
    bytes = bytes.subspan(2 + size);
  }
  return true;
}

std::string_view text_of(std::uint16_t port) { return as_text(udp_payload(port, 1).bytes); }

TEST(UdpPayloads, EveryLineIsFoundByItsPort) {
  std::uint16_t last = 0;
  for (const UdpPort& known : udp_ports()) {
    EXPECT_GE(known.port, last);
    last = known.port;
    const UdpPayload& payload = udp_payload(known.port, 1);
    EXPECT_FALSE(payload.service.empty());
    EXPECT_FALSE(payload.bytes.empty());
    EXPECT_LE(payload.bytes.size(), 1200U);
    EXPECT_LE(payload.cookie_at + std::size_t{payload.cookie_bytes}, payload.bytes.size());
    EXPECT_EQ(payload.from_another_port, std::ranges::count(k_elsewhere_ports, known.port) > 0);
    EXPECT_EQ(payload.from_another_port, !payload.begins[0].empty());
  }
}

TEST(UdpPayloads, OtherPortsHaveNone) {
  for (const std::uint16_t port :
       std::initializer_list<std::uint16_t>{0, 1, 52, 54, 40'000, 65'535}) {
    EXPECT_TRUE(udp_payload(port, 1).bytes.empty()) << port;
    EXPECT_TRUE(udp_payload(port, 1).service.empty()) << port;
  }
}

TEST(UdpPayloads, OfOnePortTakeTurns) {
  const auto first = udp_payload(161, 1).bytes;
  const auto second = udp_payload(161, 2).bytes;
  EXPECT_EQ(get8(first, 4), 3);   // SNMPv3
  EXPECT_EQ(get8(second, 4), 1);  // SNMPv2c
  EXPECT_EQ(udp_payload(161, 3).bytes.data(), first.data());
  EXPECT_EQ(udp_payload(161, 0).bytes.data(), first.data());
}

TEST(UdpPayloads, IndustrialPortsAreLeftAlone) {
  for (const std::uint16_t port :
       std::initializer_list<std::uint16_t>{502, 2222, 20'000, 34'964, 44'818, 47'808}) {
    EXPECT_TRUE(udp_payload(port, 1).bytes.empty()) << port;
  }
}

TEST(UdpPayloads, TheirLengthsAreRight) {
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{88, 161, 389}) {
    EXPECT_TRUE(is_ber(udp_payload(port, 1).bytes)) << port;
  }
  EXPECT_TRUE(is_ber(udp_payload(161, 2).bytes));
  const auto ike = udp_payload(500, 1).bytes;
  EXPECT_EQ(get32(ike, 24), ike.size());
  std::size_t at = 28;  // generic headers: the next kind, and the length of this one
  for (std::uint8_t kind = get8(ike, 16); kind != 0; at += get16(ike, at + 2)) {
    ASSERT_LT(at + 4, ike.size());
    kind = get8(ike, at);
  }
  EXPECT_EQ(at, ike.size());
  const auto behind = udp_payload(4500, 1).bytes;
  EXPECT_TRUE(std::ranges::equal(behind.subspan(4), ike));
  EXPECT_EQ(get32(behind, 0), 0U);
  EXPECT_EQ(udp_payload(443, 1).bytes.size(), 1200U);
  const auto dtls = udp_payload(4433, 1).bytes;
  EXPECT_EQ(get16(dtls, 11) + std::size_t{13}, dtls.size());
  EXPECT_EQ(get32(dtls, 13) & 0xffffff, dtls.size() - 25);
  EXPECT_EQ(get32(udp_payload(427, 1).bytes, 1) & 0xffffff, udp_payload(427, 1).bytes.size());
  EXPECT_EQ(udp_payload(123, 1).bytes.size(), 48U);
  EXPECT_EQ(udp_payload(520, 1).bytes.size(), 24U);
  EXPECT_EQ(udp_payload(137, 1).bytes.size(), 50U);
  EXPECT_EQ(udp_payload(111, 1).bytes.size(), 40U);
  EXPECT_EQ(udp_payload(3478, 1).bytes.size(), 20U);
}

TEST(UdpPayloads, NamesOfDnsAreWhole) {
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{53, 5353}) {
    const auto bytes = udp_payload(port, 1).bytes;
    std::size_t at = 12;
    while (at < bytes.size() && get8(bytes, at) != 0) at += 1U + get8(bytes, at);
    EXPECT_EQ(at + 5, bytes.size()) << port;  // type and class
  }
}

TEST(UdpPayloads, TextEndsAsItsProtocolSays) {
  EXPECT_TRUE(text_of(5060).ends_with("\r\n\r\n"));
  EXPECT_TRUE(text_of(1900).ends_with("\r\n\r\n"));
  EXPECT_TRUE(text_of(5060).starts_with("OPTIONS sip:"));
  EXPECT_TRUE(text_of(11'211).ends_with("version\r\n"));
}

}  // namespace
}  // namespace patchbay
