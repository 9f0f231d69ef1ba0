// What is sent to a UDP port so that its usual service answers (data/udp_probes.tsv).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace patchbay {

struct UdpPayload {
  std::string_view service = {};          // "dns"; empty where nothing is known of the port
  std::span<const std::byte> bytes = {};  // empty there; at most 1,200
  // A place in it whose bytes the service sends back, for a cookie: 4 bytes, 2, or none.
  std::uint16_t cookie_at = 0;
  std::uint8_t cookie_bytes = 0;
  std::uint16_t echo_at = 0;  // where they stand in the answer
  // The answer may come from a port of its own (TFTP, SSDP), and begins with one of these.
  bool from_another_port = false;
  std::array<std::string_view, 2> begins = {};

  bool is_begun_by(std::span<const std::byte> answer) const;
};

// What a port is asked by its first, second … attempt: where the table has several payloads for it,
// they take turns. Attempt 0 is as the first.
const UdpPayload& udp_payload(std::uint16_t port, unsigned attempt);

// A line of the table: a port and what it is asked. By port, and those of one port in order.
struct UdpPort {
  std::uint16_t port = 0;
  UdpPayload payload = {};
};
std::span<const UdpPort> udp_ports();

// The ports that may answer from another, TFTP's and SSDP's. A scan has a source port for each.
inline constexpr std::array<std::uint16_t, 2> k_elsewhere_ports = {69, 1900};

}  // namespace patchbay
