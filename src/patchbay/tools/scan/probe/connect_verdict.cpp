#include "patchbay/tools/scan/probe/connect_verdict.hpp"

#include <cerrno>

namespace patchbay {

namespace {

using Meaning = ConnectVerdict::Meaning;

constexpr ConnectVerdict filtered(AnswerReason reason) {
  return {Meaning::answer, PortState::filtered, reason};
}

}  // namespace

ConnectVerdict judge_connect(int code, bool sent) {
  switch (code) {
    case 0: return {Meaning::answer, PortState::open, AnswerReason::connected};
    case ECONNREFUSED: return {Meaning::answer, PortState::closed, AnswerReason::refused};
    // Before the handshake a reset is ECONNREFUSED. So the port took the connection, and then
    // whoever is behind it had enough: a full queue, a wrapper that looks at addresses.
    case ECONNRESET:
    case EPIPE: return {Meaning::answer, PortState::open, AnswerReason::connected};

    case ETIMEDOUT: return {Meaning::silence};

    case ENETUNREACH:
    case EAFNOSUPPORT: return filtered(AnswerReason::net_unreachable);  // this kernel has no IPv6
    case EHOSTUNREACH:
    case EHOSTDOWN: return filtered(AnswerReason::host_unreachable);
    case ENOPROTOOPT: return filtered(AnswerReason::protocol_unreachable);
    // Of the call itself it is a rule of this host: a route, a filter, a security module. Otherwise
    // it is what Linux makes of "administratively prohibited" of ICMPv6, and of its codes 5 and 6.
    case EACCES:
      return filtered(sent ? AnswerReason::admin_prohibited : AnswerReason::not_permitted);
    case EPERM: return filtered(AnswerReason::not_permitted);

    case EADDRNOTAVAIL: return {Meaning::no_source};
    case EMFILE:
    case ENFILE:
    case ENOBUFS:
    case ENOMEM:
    case EAGAIN:
    case EADDRINUSE:    // the source port that was asked for
    case ENETDOWN:      // the interface
    case ECONNABORTED:  // somebody here has destroyed the socket
      return {Meaning::shortage};

    // ENONET, EOPNOTSUPP, EPROTO and whatever else an ICMP error becomes, and EINVAL, which is what
    // a "blackhole" route says.
    default: return filtered(AnswerReason::other_unreachable);
  }
}

}  // namespace patchbay
