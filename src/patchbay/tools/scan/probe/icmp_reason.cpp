#include "patchbay/tools/scan/probe/icmp_reason.hpp"

#include "patchbay/wire/icmp_message.hpp"

namespace patchbay {

namespace {

std::optional<AnswerReason> reason_of_v4(std::uint8_t type, std::uint8_t code) {
  if (type == k_icmp4_time_exceeded) return AnswerReason::time_exceeded;
  if (type != k_icmp4_unreachable) return std::nullopt;
  switch (code) {
    case 0:
    case 6: return AnswerReason::net_unreachable;  // 6: the network is unknown
    case 1:
    case 7: return AnswerReason::host_unreachable;  // 7: the host is unknown
    case 2: return AnswerReason::protocol_unreachable;
    case 3: return AnswerReason::port_unreachable;
    case 9: return AnswerReason::net_prohibited;
    case 10: return AnswerReason::host_prohibited;
    case 13: return AnswerReason::admin_prohibited;
    default: return AnswerReason::other_unreachable;
  }
}

std::optional<AnswerReason> reason_of_v6(std::uint8_t type, std::uint8_t code) {
  constexpr std::uint8_t next_header_unknown = 1;
  if (type == k_icmp6_time_exceeded) return AnswerReason::time_exceeded;
  if (type == k_icmp6_parameter_problem && code == next_header_unknown) {
    return AnswerReason::protocol_unreachable;
  }
  if (type != k_icmp6_unreachable) return std::nullopt;
  switch (code) {
    case 0: return AnswerReason::net_unreachable;
    case 1: return AnswerReason::admin_prohibited;
    case 2: return AnswerReason::beyond_scope;
    case 3: return AnswerReason::host_unreachable;
    case 4: return AnswerReason::port_unreachable;
    case 5: return AnswerReason::policy_failed;
    case 6: return AnswerReason::route_rejected;
    default: return AnswerReason::other_unreachable;
  }
}

}  // namespace

std::optional<AnswerReason> icmp_reason(IpVersion version, std::uint8_t type, std::uint8_t code) {
  return version == IpVersion::v4 ? reason_of_v4(type, code) : reason_of_v6(type, code);
}

// Of a port of UDP its host has to say this itself: whoever says it for the host is a firewall.
PortState icmp_state(ScanProtocol protocol, AnswerReason reason, bool by_target) {
  const bool closed = protocol == ScanProtocol::udp && reason == AnswerReason::port_unreachable;
  return closed && by_target ? PortState::closed : PortState::filtered;
}

}  // namespace patchbay
