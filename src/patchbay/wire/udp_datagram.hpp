// UDP datagrams (RFC 768).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace patchbay {

inline constexpr std::size_t k_udp_header_bytes = 8;

// Into the bytes that it was read from.
struct UdpDatagramView {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint16_t checksum = 0;  // 0: the sender made none
  bool cut = false;            // its length says more than what is there, as in quotations
  std::span<const std::byte> payload = {};
};

// Nothing: cut within the header, or a length below 8.
std::optional<UdpDatagramView> read_udp_datagram(std::span<const std::byte> bytes);

struct UdpHeader {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::size_t payload_bytes = 0;
};

// The header, its checksum still 0. Returns 8; 0 where `into` is too short or the payload has more
// than 65,527 bytes.
std::size_t write_udp_header(const UdpHeader& header, std::span<std::byte> into);

// Puts the checksum in. `datagram` is header and payload; the addresses are those of IP.
void set_udp_checksum(std::span<std::byte> datagram, std::span<const std::byte> source,
                      std::span<const std::byte> destination);

}  // namespace patchbay
