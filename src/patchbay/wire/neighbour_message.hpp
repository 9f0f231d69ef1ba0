// Neighbour solicitations and advertisements (RFC 4861 sections 4.3 and 4.4): what ARP is to IPv4.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "patchbay/wire/ethernet_header.hpp"
#include "patchbay/wire/ip_packet.hpp"

namespace patchbay {

inline constexpr std::uint8_t k_icmp6_neighbour_solicitation = 135;
inline constexpr std::uint8_t k_icmp6_neighbour_advertisement = 136;

inline constexpr std::size_t k_neighbour_message_max_bytes = 32;
inline constexpr std::uint8_t k_neighbour_hop_limit = 255;

struct NeighbourMessage {
  bool advertisement = false;  // a solicitation otherwise
  // Of an advertisement.
  bool router = false;
  bool solicited = false;
  bool override_cached = false;
  std::array<std::byte, 16> target = {};
  // The sender's own in a solicitation, the target's in an advertisement.
  std::optional<EthernetAddress> link = {};

  bool operator==(const NeighbourMessage&) const = default;
};

// Nothing: not such a message, or one that RFC 4861 sections 7.1.1 and 7.1.2 say to discard: it has
// been forwarded (a hop limit below 255), a code, a target that is a group, an option without
// length. Whoever reads packets from this host or behind a card's checks need not look at the
// checksum, and this does not.
std::optional<NeighbourMessage> read_neighbour_message(const IpPacketView& packet);

// The whole message of ICMPv6, 24 or 32 bytes, with its checksum; the addresses are those of IP,
// whose hop limit is k_neighbour_hop_limit.
std::size_t write_neighbour_message(const NeighbourMessage& message,
                                    std::span<const std::byte, 16> source,
                                    std::span<const std::byte, 16> destination,
                                    std::span<std::byte, k_neighbour_message_max_bytes> into);

// Where a solicitation for this address goes: ff02::1:ff00:0/104 with its last 24 bits (RFC 4291
// section 2.7.1).
std::array<std::byte, 16> solicited_node_group(std::span<const std::byte, 16> target);

}  // namespace patchbay
