// UdpTry: one datagram to a port by a connected UDP socket, and what came of it. No right is needed
// for that: the kernel takes answers from that port only, and keeps the ICMP errors about what this
// socket sent, with who said so (ip(7), IP_RECVERR).
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "patchbay/net/engine.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/tools/scan/probe/connect_sockets.hpp"
#include "patchbay/tools/scan/scan_answer.hpp"

namespace patchbay {

struct UdpEnd {
  // ok: `answer` says of the port what was heard, and only its attempt is not filled in. failed:
  // this host could not ask, for `code`. timed_out: silence. What else there is, is the scan's end.
  Outcome outcome = Outcome::none;
  int code = 0;  // errno
  ScanAnswer answer = {};
};

// Sends `payload` to `to` and waits for an answer for so long. `sent` is called for each datagram
// that has left. All that is given outlives it.
//
// A datagram that comes from this host itself counts when a second one, from another port, brings
// one as well: it may be a probe of ours. A socket may be given the very port that it asks, and two
// of them each other's.
Task<UdpEnd> try_udp(const ConnectSource& source, Endpoint to, std::span<const std::byte> payload,
                     Duration patience, const std::function<void()>& sent = {});

}  // namespace patchbay
