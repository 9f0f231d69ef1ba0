// ScanAnswer: what a host, or somebody on the way to it, said to a probe.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "patchbay/base/time.hpp"
#include "patchbay/net/address.hpp"

namespace patchbay {

// nmap's words, which everybody knows. `filtered`: something on the way keeps the port from us.
// `unfiltered`: it answers, and whether it is open this kind of probe cannot tell.
enum class PortState : std::uint8_t { open, closed, filtered, open_or_filtered, unfiltered };

inline constexpr PortState k_port_states[] = {PortState::open, PortState::closed,
                                              PortState::filtered, PortState::open_or_filtered,
                                              PortState::unfiltered};

std::string_view name_of(PortState state);  // "open|filtered"
std::optional<PortState> port_state_named(std::string_view name);

// Why a state is what it is. ICMP errors have the names of their codes (RFC 792, RFC 1812 5.2.7.1,
// RFC 4443 3.1), those of IPv6 the ones of the codes of IPv4 that say the same.
enum class AnswerReason : std::uint8_t {
  no_response,
  rate_limited,  // no response, and the host was seen to hold answers back
  syn_ack,
  reset,
  refused,  // connect(2) says so: a reset, or an ICMP port-unreachable, which it cannot tell apart
  connected,
  udp_response,
  echo_reply,
  neighbour_reply,
  net_unreachable,
  host_unreachable,
  protocol_unreachable,
  port_unreachable,
  net_prohibited,
  host_prohibited,
  admin_prohibited,
  beyond_scope,    // ICMPv6 code 2
  policy_failed,   // ICMPv6 code 5
  route_rejected,  // ICMPv6 code 6
  time_exceeded,
  other_unreachable,  // any other code of "destination unreachable"
  not_permitted,      // this host's own firewall
};

// "syn-ack", "conn-refused", "admin-prohib": nmap's where it has one.
std::string_view name_of(AnswerReason reason);
std::optional<AnswerReason> answer_reason_named(std::string_view name);

struct ScanAnswer {
  PortState state = PortState::closed;
  AnswerReason reason = AnswerReason::no_response;
  std::optional<IpAddress> by = {};  // who said so, where that is not the host itself
  std::uint8_t hop_limit = 0;        // what was left of it (TTL); 0: not known
  std::uint8_t attempt = 1;          // the probe that was answered, the first is 1; 0: not known
  std::optional<Duration> round_trip = {};
  // A SYN-ACK that takes no data and has no options: a proxy on the way, or a tarpit.
  bool zero_window = false;
};

}  // namespace patchbay
