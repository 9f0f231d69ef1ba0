// The header of an Ethernet frame (IEEE 802.3, RFC 894, RFC 2464), VLAN tags included.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace patchbay {

using EthernetAddress = std::array<std::uint8_t, 6>;

// "08:00:2b:01:02:03"
std::string to_string(const EthernetAddress& address);

inline constexpr EthernetAddress k_ethernet_broadcast = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

// Behind the last VLAN tag.
inline constexpr std::uint16_t k_ethertype_ipv4 = 0x0800;
inline constexpr std::uint16_t k_ethertype_arp = 0x0806;
inline constexpr std::uint16_t k_ethertype_ipv6 = 0x86dd;

inline constexpr std::size_t k_ethernet_header_bytes = 14;

struct EthernetHeader {
  EthernetAddress destination = {};
  EthernetAddress source = {};
  std::uint16_t ethertype = 0;
};

struct EthernetFrameView {
  EthernetHeader header = {};
  std::optional<std::uint16_t> vlan = {};   // the outermost one, 0 to 4095
  std::span<const std::byte> payload = {};  // what the ethertype says, with the padding behind it
};

// Nothing: cut within the header, or more than two VLAN tags (802.1Q, 802.1ad).
std::optional<EthernetFrameView> read_ethernet_frame(std::span<const std::byte> frame);

void write_ethernet_header(const EthernetHeader& header,
                           std::span<std::byte, k_ethernet_header_bytes> into);

// Where frames to a multicast address of IPv6 go (RFC 2464 section 7).
EthernetAddress ethernet_group_of(std::span<const std::byte, 16> ipv6_group);

}  // namespace patchbay
