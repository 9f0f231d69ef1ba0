// ConnectVerdict: what the end of a connect(2) says of the port that was asked.
#pragma once

#include <cstdint>

#include "patchbay/tools/scan/scan_answer.hpp"

namespace patchbay {

struct ConnectVerdict {
  enum class Meaning : std::uint8_t {
    answer,     // of the state and the reason below
    silence,    // the kernel has given up: nobody answered
    shortage,   // this host lacks something for now, which says nothing of the port
    no_source,  // no address or no port to connect from: a shortage, unless it stays so
  };

  Meaning meaning = Meaning::answer;
  PortState state = PortState::filtered;
  AnswerReason reason = AnswerReason::no_response;
};

// `code` is the errno, or 0 for a connection; `sent` is false where the call itself failed, before
// anything left this host. Linux tells an ICMP error as an errno, several codes as one
// (icmp_err_convert, icmpv6_err_convert): so "host-unreach" may be a prohibition too, and a port
// that an ICMP port-unreachable closes cannot be told from one that sent a reset.
ConnectVerdict judge_connect(int code, bool sent);

}  // namespace patchbay
