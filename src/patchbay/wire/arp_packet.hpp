// ARP for IPv4 over Ethernet (RFC 826, RFC 5227).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "patchbay/wire/ethernet_header.hpp"

namespace patchbay {

inline constexpr std::size_t k_arp_packet_bytes = 28;

inline constexpr std::uint16_t k_arp_request = 1;
inline constexpr std::uint16_t k_arp_reply = 2;

struct ArpPacket {
  std::uint16_t operation = k_arp_request;
  EthernetAddress sender_link = {};
  std::array<std::byte, 4> sender = {};  // all zero: it only asks whether the address is taken
  EthernetAddress target_link = {};      // of a request: nobody looks at it
  std::array<std::byte, 4> target = {};

  bool operator==(const ArpPacket&) const = default;
};

// Behind the Ethernet header; padding behind it does not matter. Nothing: cut, another kind of
// hardware or address, or an operation that is neither request nor reply.
std::optional<ArpPacket> read_arp_packet(std::span<const std::byte> bytes);

void write_arp_packet(const ArpPacket& packet, std::span<std::byte, k_arp_packet_bytes> into);

}  // namespace patchbay
