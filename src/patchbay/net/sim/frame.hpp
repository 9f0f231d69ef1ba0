// Frames: packets as an Ethernet carries them, byte by byte, for those who look at the wire.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "patchbay/net/sim/packet.hpp"

namespace patchbay::sim {

using HardwareAddress = std::array<std::uint8_t, 6>;

inline constexpr std::size_t k_link_header_bytes = 14;
inline constexpr HardwareAddress k_everybody = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

// With the headers of Ethernet, of IPv4 or IPv6, and of TCP, UDP or ICMP; all checksums are right.
std::vector<std::byte> encode_frame(const Packet& packet);

// Of what a packet socket sends: the TCP segment or UDP datagram in it, for its receiver. Null for
// anything else, and for what is broken.
PacketPointer decode_frame(std::span<const std::byte> frame, PacketPool& pool);

// The answer of the host that has the address which an ARP request asks for (RFC 826); empty for
// any other frame.
struct ArpQuestion {
  HardwareAddress asker{};
  IpAddress asker_address;
  IpAddress wanted;
};
bool parse_arp_question(std::span<const std::byte> frame, ArpQuestion& into);
std::vector<std::byte> arp_answer(const ArpQuestion& question, const HardwareAddress& owner);

HardwareAddress destination_of(std::span<const std::byte> frame);
HardwareAddress source_of(std::span<const std::byte> frame);
std::uint16_t ethertype_of(std::span<const std::byte> frame);

}  // namespace patchbay::sim
