#include "patchbay/tools/scan/scan_answer.hpp"

#include <algorithm>
#include <iterator>

namespace patchbay {

namespace {

struct NamedState {
  PortState state;
  std::string_view name;
};

constexpr NamedState k_states[] = {{PortState::open, "open"},
                                   {PortState::closed, "closed"},
                                   {PortState::filtered, "filtered"},
                                   {PortState::open_or_filtered, "open|filtered"},
                                   {PortState::unfiltered, "unfiltered"}};

struct NamedReason {
  AnswerReason reason;
  std::string_view name;
};

constexpr NamedReason k_reasons[] = {{AnswerReason::no_response, "no-response"},
                                     {AnswerReason::rate_limited, "rate-limited"},
                                     {AnswerReason::syn_ack, "syn-ack"},
                                     {AnswerReason::reset, "reset"},
                                     {AnswerReason::refused, "conn-refused"},
                                     {AnswerReason::connected, "connected"},
                                     {AnswerReason::udp_response, "udp-response"},
                                     {AnswerReason::echo_reply, "echo-reply"},
                                     {AnswerReason::neighbour_reply, "neighbour-reply"},
                                     {AnswerReason::net_unreachable, "net-unreach"},
                                     {AnswerReason::host_unreachable, "host-unreach"},
                                     {AnswerReason::protocol_unreachable, "proto-unreach"},
                                     {AnswerReason::port_unreachable, "port-unreach"},
                                     {AnswerReason::net_prohibited, "net-prohib"},
                                     {AnswerReason::host_prohibited, "host-prohib"},
                                     {AnswerReason::admin_prohibited, "admin-prohib"},
                                     {AnswerReason::beyond_scope, "beyond-scope"},
                                     {AnswerReason::policy_failed, "policy-failed"},
                                     {AnswerReason::route_rejected, "route-rejected"},
                                     {AnswerReason::time_exceeded, "time-exceeded"},
                                     {AnswerReason::other_unreachable, "dest-unreach"},
                                     {AnswerReason::not_permitted, "not-permitted"}};

}  // namespace

std::string_view name_of(PortState state) {
  const auto* const found = std::ranges::find(k_states, state, &NamedState::state);
  return found == std::end(k_states) ? std::string_view() : found->name;
}

std::optional<PortState> port_state_named(std::string_view name) {
  const auto* const found = std::ranges::find(k_states, name, &NamedState::name);
  if (found == std::end(k_states)) return std::nullopt;
  return found->state;
}

std::string_view name_of(AnswerReason reason) {
  const auto* const found = std::ranges::find(k_reasons, reason, &NamedReason::reason);
  return found == std::end(k_reasons) ? std::string_view() : found->name;
}

std::optional<AnswerReason> answer_reason_named(std::string_view name) {
  const auto* const found = std::ranges::find(k_reasons, name, &NamedReason::name);
  if (found == std::end(k_reasons)) return std::nullopt;
  return found->reason;
}

}  // namespace patchbay
