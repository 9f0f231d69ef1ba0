#include "patchbay/tools/scan/probe/udp_payloads.hpp"

#include <algorithm>

namespace patchbay {

const UdpPayload& udp_payload(std::uint16_t port, unsigned attempt) {
  static constexpr UdpPayload nothing;
  const auto of_port = std::ranges::equal_range(udp_ports(), port, {}, &UdpPort::port);
  if (of_port.empty()) return nothing;
  return of_port[(std::max(attempt, 1U) - 1) % of_port.size()].payload;
}

}  // namespace patchbay
