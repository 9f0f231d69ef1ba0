// What an ICMP error says of the port that a probe of ours was for.
#pragma once

#include <cstdint>
#include <optional>

#include "patchbay/tools/scan/scan_answer.hpp"
#include "patchbay/tools/scan/scan_port.hpp"
#include "patchbay/wire/ip_packet.hpp"

namespace patchbay {

// By type and code (RFC 792, RFC 1812 section 5.2.7.1; RFC 4443 sections 3.1, 3.3 and 3.4).
// Nothing: it says nothing about the port, as a redirect or a packet that is too big.
std::optional<AnswerReason> icmp_reason(IpVersion version, std::uint8_t type, std::uint8_t code);

// `by_target`: the host that was asked says so itself.
PortState icmp_state(ScanProtocol protocol, AnswerReason reason, bool by_target);

}  // namespace patchbay
