// What a load is made of: the part that every protocol has.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "patchbay/net/address.hpp"
#include "patchbay/net/deadline.hpp"

namespace patchbay {

struct BenchOptions {
  HostPort to;
  std::uint32_t connections = 1;  // 1 or more
  std::size_t size_bytes = 64;    // of an echo, there and back; 1 or more
  // Closed loop: so many requests of each connection are always on their way. 1 or more.
  std::uint32_t depth = 1;
  // Open loop instead: requests a second over all connections, sent when they are due whether or
  // not earlier ones were answered.
  std::optional<double> rate = {};
  // Open loop over HTTP: so many requests and no more, the first ones that are due.
  std::optional<std::uint64_t> requests = {};
  Duration warmup = 1s;  // before what is counted
  Duration time = 10s;   // that is counted
  // For a connection to be made; for a peer to say nothing at all while answers are due; and for
  // the last answers to come when the time is over. A datagram is lost after so long.
  Duration timeout = 2s;
};

}  // namespace patchbay
