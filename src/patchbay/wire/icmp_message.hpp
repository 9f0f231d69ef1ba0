// ICMP of both families (RFC 792, RFC 4443): echoes, and errors with the packet they are about.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "patchbay/wire/ip_packet.hpp"

namespace patchbay {

inline constexpr std::size_t k_icmp_header_bytes = 8;

inline constexpr std::uint8_t k_icmp4_echo_reply = 0;
inline constexpr std::uint8_t k_icmp4_unreachable = 3;
inline constexpr std::uint8_t k_icmp4_source_quench = 4;
inline constexpr std::uint8_t k_icmp4_redirect = 5;
inline constexpr std::uint8_t k_icmp4_echo_request = 8;
inline constexpr std::uint8_t k_icmp4_time_exceeded = 11;
inline constexpr std::uint8_t k_icmp4_parameter_problem = 12;

inline constexpr std::uint8_t k_icmp6_unreachable = 1;
inline constexpr std::uint8_t k_icmp6_packet_too_big = 2;
inline constexpr std::uint8_t k_icmp6_time_exceeded = 3;
inline constexpr std::uint8_t k_icmp6_parameter_problem = 4;
inline constexpr std::uint8_t k_icmp6_echo_request = 128;
inline constexpr std::uint8_t k_icmp6_echo_reply = 129;

// Into the bytes that it was read from.
struct IcmpMessageView {
  IpVersion version = IpVersion::v4;
  std::uint8_t type = 0;
  std::uint8_t code = 0;
  std::uint32_t rest = 0;  // the header's second half: an echo's identifier and sequence, an MTU
  std::span<const std::byte> body = {};

  bool is_echo_request() const {
    return type == (version == IpVersion::v4 ? k_icmp4_echo_request : k_icmp6_echo_request);
  }
  bool is_echo_reply() const {
    return type == (version == IpVersion::v4 ? k_icmp4_echo_reply : k_icmp6_echo_reply);
  }
  // About a packet, which `body` begins with. A redirect counts as one.
  bool is_error() const;
  // Of echoes.
  std::uint16_t identifier() const { return static_cast<std::uint16_t>(rest >> 16); }
  std::uint16_t sequence() const { return static_cast<std::uint16_t>(rest & 0xffff); }
};

// `bytes` is the payload of a packet with k_protocol_icmp over IPv4, or with k_protocol_icmpv6 over
// IPv6. Nothing: cut within the header of 8 bytes.
std::optional<IcmpMessageView> read_icmp_message(std::span<const std::byte> bytes,
                                                 IpVersion version);

// The packet that an error is about, as far as it is quoted: of its payload at least 8 bytes in
// IPv4 (RFC 792), where it had as many. Nothing: no error, or a quotation that is cut within its IP
// header, of the other family, or a fragment behind the first.
std::optional<IpPacketView> read_quoted_packet(const IcmpMessageView& message);

struct IcmpEcho {
  IpVersion version = IpVersion::v4;
  std::uint16_t identifier = 0;
  std::uint16_t sequence = 0;
  std::span<const std::byte> data = {};
};

// An echo request. Its checksum is right in IPv4 and still 0 in IPv6, where the addresses belong to
// it. Returns how many bytes it takes; 0 where `into` is too short.
std::size_t write_icmp_echo_request(const IcmpEcho& echo, std::span<std::byte> into);

// Puts the checksum into any message of ICMPv6; the addresses are those of IP.
void set_icmpv6_checksum(std::span<std::byte> message, std::span<const std::byte> source,
                         std::span<const std::byte> destination);

}  // namespace patchbay
