#include "patchbay/tools/scan/probe/udp_payloads.hpp"

#include <algorithm>

namespace patchbay {

bool UdpPayload::is_begun_by(std::span<const std::byte> answer) const {
  const std::string_view text(reinterpret_cast<const char*>(answer.data()), answer.size());
  return std::ranges::any_of(begins, [text](std::string_view beginning) {
    return !beginning.empty() && text.starts_with(beginning);
  });
}

const UdpPayload& udp_payload(std::uint16_t port, unsigned attempt) {
  static constexpr UdpPayload nothing;
  const auto of_port = std::ranges::equal_range(udp_ports(), port, {}, &UdpPort::port);
  if (of_port.empty()) return nothing;
  return of_port[(std::max(attempt, 1U) - 1) % of_port.size()].payload;
}

}  // namespace patchbay
