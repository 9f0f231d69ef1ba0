// ScanPort: what is asked of a host.
#pragma once

#include <compare>
#include <cstdint>
#include <string_view>

namespace patchbay {

// The last two have no ports. `neighbour` is an ARP request or a neighbour solicitation (RFC 826,
// RFC 4861), which only hosts on the same link hear.
enum class ScanProtocol : std::uint8_t { tcp, udp, ping, neighbour };

std::string_view name_of(ScanProtocol protocol);  // "tcp"

struct ScanPort {
  ScanProtocol protocol = ScanProtocol::tcp;
  std::uint16_t number = 0;  // 0 where the protocol has none

  friend auto operator<=>(const ScanPort&, const ScanPort&) = default;
};

}  // namespace patchbay
