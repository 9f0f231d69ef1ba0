// TCP segments (RFC 9293 section 3.1) and the options of a SYN (RFC 7323, RFC 2018).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace patchbay {

enum TcpFlag : std::uint8_t {
  k_tcp_fin = 0x01,
  k_tcp_syn = 0x02,
  k_tcp_rst = 0x04,
  k_tcp_psh = 0x08,
  k_tcp_ack = 0x10,
  k_tcp_urg = 0x20,
};

inline constexpr std::size_t k_tcp_header_bytes = 20;  // without options
inline constexpr std::size_t k_tcp_header_max_bytes = 60;

// Into the bytes that it was read from.
struct TcpSegmentView {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;  // means something with k_tcp_ack only
  std::uint8_t flags = 0;
  std::uint16_t window = 0;
  std::span<const std::byte> options = {};
  std::span<const std::byte> payload = {};

  bool has(std::uint8_t flag) const { return (flags & flag) == flag; }
};

// Nothing: cut within the header or its options, or a data offset below 5 words.
std::optional<TcpSegmentView> read_tcp_segment(std::span<const std::byte> bytes);

// What an ICMP error's quotation has at least (RFC 792: 8 bytes behind the IP header).
struct TcpQuote {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t sequence = 0;
};
std::optional<TcpQuote> read_tcp_quote(std::span<const std::byte> bytes);

struct TcpHeaderOptions {
  struct Timestamps {
    std::uint32_t value = 0;
    std::uint32_t echo = 0;

    bool operator==(const Timestamps&) const = default;
  };

  std::optional<std::uint16_t> most_segment_bytes = {};  // MSS
  bool selective_acknowledgement = false;                // SACK permitted
  std::optional<Timestamps> timestamps = {};
  std::optional<std::uint8_t> window_scale = {};  // 0 to 14; as it was sent when read

  bool operator==(const TcpHeaderOptions&) const = default;
};

// Options that are not known are passed over. One whose length cannot be right ends the list: what
// came before it counts.
TcpHeaderOptions read_tcp_options(std::span<const std::byte> options);

struct TcpHeader {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  std::uint32_t sequence = 0;
  std::uint32_t acknowledgement = 0;
  std::uint8_t flags = 0;
  std::uint16_t window = 0;
  TcpHeaderOptions options = {};
};

std::size_t tcp_header_bytes(const TcpHeaderOptions& options);  // 20 to 40

// The header, its checksum still 0 and its options in the order in which Linux writes those of a
// SYN. Returns how many bytes it takes; 0 where `into` is too short.
std::size_t write_tcp_header(const TcpHeader& header, std::span<std::byte> into);

// Puts the checksum in. `segment` is header and payload; the addresses are those of IP.
void set_tcp_checksum(std::span<std::byte> segment, std::span<const std::byte> source,
                      std::span<const std::byte> destination);

}  // namespace patchbay
