#include "patchbay/wire/arp_packet.hpp"

#include <cstring>

#include "patchbay/wire/big_endian.hpp"

namespace patchbay {
namespace {

constexpr std::uint16_t k_hardware_ethernet = 1;
constexpr std::uint16_t k_lengths = 0x0604;  // of an Ethernet address and of one of IPv4
constexpr std::size_t k_sender_link_at = 8;
constexpr std::size_t k_sender_at = 14;
constexpr std::size_t k_target_link_at = 18;
constexpr std::size_t k_target_at = 24;

}  // namespace

std::optional<ArpPacket> read_arp_packet(std::span<const std::byte> bytes) {
  if (bytes.size() < k_arp_packet_bytes || get16(bytes, 0) != k_hardware_ethernet ||
      get16(bytes, 2) != k_ethertype_ipv4 || get16(bytes, 4) != k_lengths) {
    return std::nullopt;
  }
  ArpPacket packet{.operation = get16(bytes, 6)};
  if (packet.operation != k_arp_request && packet.operation != k_arp_reply) return std::nullopt;
  std::memcpy(packet.sender_link.data(), bytes.data() + k_sender_link_at, 6);
  std::memcpy(packet.sender.data(), bytes.data() + k_sender_at, 4);
  std::memcpy(packet.target_link.data(), bytes.data() + k_target_link_at, 6);
  std::memcpy(packet.target.data(), bytes.data() + k_target_at, 4);
  return packet;
}

void write_arp_packet(const ArpPacket& packet, std::span<std::byte, k_arp_packet_bytes> into) {
  set16(into, 0, k_hardware_ethernet);
  set16(into, 2, k_ethertype_ipv4);
  set16(into, 4, k_lengths);
  set16(into, 6, packet.operation);
  std::memcpy(into.data() + k_sender_link_at, packet.sender_link.data(), 6);
  std::memcpy(into.data() + k_sender_at, packet.sender.data(), 4);
  std::memcpy(into.data() + k_target_link_at, packet.target_link.data(), 6);
  std::memcpy(into.data() + k_target_at, packet.target.data(), 4);
}

}  // namespace patchbay
