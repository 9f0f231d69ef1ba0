// What is sent to a UDP port so that its usual service answers (data/udp_probes.tsv).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace patchbay {

struct UdpPayload {
  std::string_view service;          // "dns"; empty where nothing is known of the port
  std::span<const std::byte> bytes;  // empty there
  // A place in it whose bytes the service sends back, for a cookie: 4 bytes, 2, or none.
  std::uint16_t cookie_at = 0;
  std::uint8_t cookie_bytes = 0;
  std::uint16_t echo_at = 0;  // where they stand in the answer
  bool from_another_port = false;  // the answer comes from a port of its own (TFTP)
};

// The payload with its cookie's place still as in the table. No payload is longer than 1,200 bytes.
const UdpPayload& udp_payload(std::uint16_t port);

// All of the table, each of its ports once, in order.
std::span<const std::uint16_t> udp_payload_ports();

}  // namespace patchbay
