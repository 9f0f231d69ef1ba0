// IP packets: what their headers say (RFC 791, RFC 8200), and such headers to send.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace patchbay {

enum class IpVersion : std::uint8_t { v4 = 4, v6 = 6 };

// IANA's numbers of those protocols that something here speaks.
inline constexpr std::uint8_t k_protocol_icmp = 1;
inline constexpr std::uint8_t k_protocol_tcp = 6;
inline constexpr std::uint8_t k_protocol_udp = 17;
inline constexpr std::uint8_t k_protocol_icmpv6 = 58;

inline constexpr std::size_t k_ipv4_header_bytes = 20;  // without options
inline constexpr std::size_t k_ipv6_header_bytes = 40;  // without extensions

// Into the bytes that it was read from.
struct IpPacketView {
  IpVersion version = IpVersion::v4;
  // Of the payload. In IPv6 that behind the extension headers; those behind which nobody can look
  // (ESP, or a header whose rest is missing) are a protocol of their own.
  std::uint8_t protocol = 0;
  std::uint8_t hop_limit = 0;
  std::uint8_t traffic_class = 0;
  // IPv4: the identification. IPv6: the flow label, 20 bits.
  std::uint32_t label = 0;
  std::uint16_t fragment_offset = 0;  // bytes of the payload before this fragment's
  bool more_fragments = false;
  // The packet said to be longer than what is there: always so in an ICMP error's quotation.
  bool cut = false;
  std::size_t header_bytes = 0;                 // options and extension headers included
  std::span<const std::byte> source = {};       // 4 or 16 bytes
  std::span<const std::byte> destination = {};  // as many
  std::span<const std::byte> payload = {};  // without what comes behind the packet, as padding does

  // The payload begins with the header of its protocol.
  bool begins() const { return fragment_offset == 0; }
  bool is_fragment() const { return more_fragments || fragment_offset != 0; }
};

// Nothing: neither IPv4 nor IPv6, cut within its fixed header or IPv4's options, or lengths that
// contradict each other. At most 8 extension headers of IPv6 are walked; the one behind them is
// then `protocol`. Checksums are not looked at: those of a packet from this host may not be made
// yet.
std::optional<IpPacketView> read_ip_packet(std::span<const std::byte> bytes);

// Whether IPv4's header checksum is right; of IPv6, which has none, always.
bool has_right_header_checksum(std::span<const std::byte> packet);

struct IpHeader {
  std::span<const std::byte> source = {};       // 4 or 16 bytes
  std::span<const std::byte> destination = {};  // as many
  std::uint8_t protocol = 0;
  std::uint8_t hop_limit = 64;
  std::uint8_t traffic_class = 0;
  std::uint32_t label = 0;    // IPv4: 16 bits of identification. IPv6: 20 bits of flow label
  bool may_fragment = false;  // IPv4 only; no router fragments IPv6
  std::size_t payload_bytes = 0;
};

// Its header, with the checksum of IPv4. Returns how many bytes it takes, 20 or 40; 0 where `into`
// is too short, the packet would be longer than 65,535 bytes, or the addresses do not go together.
std::size_t write_ip_header(const IpHeader& header, std::span<std::byte> into);

}  // namespace patchbay
