// What a server lets its clients do. Every limit is one that a peer could otherwise set.
#pragma once

#include <cstddef>
#include <cstdint>

#include "patchbay/base/time.hpp"
#include "patchbay/http/http_patience.hpp"
#include "patchbay/wire/http1_body.hpp"
#include "patchbay/wire/http1_head.hpp"

namespace patchbay {

struct HttpLimits {
  Http1Limits head = {};
  Http1BodyLimits chunks = {};
  Duration head_time = 10s;  // from the first byte of a request to the end of its head, in all
  Duration idle = 60s;       // between requests
  // Bodies, in both directions: `grace` and then so many bytes a second at least, counted in all.
  Duration grace = 10s;
  std::uint64_t least_rate = 1024;  // 0 counts as 1
  // A reader that was faster before may stand still for longer than that: for as long as what it
  // has read would have taken at the least rate, and never longer than this. A video is paused.
  Duration reader_grace = 60s;
  std::uint64_t drained_bytes = 64 * 1024;  // of a body nobody read, to save the connection
  std::uint64_t requests = 1'000'000;       // on one connection
  std::size_t connections = 100'000;        // at a time; further ones wait in the backlog
  std::size_t connections_per_address = 0;  // at a time; 0 is no limit
  // HTTP/2 (RFC 9113 section 10.5).
  std::uint32_t streams = 100;           // at a time, on one connection
  std::uint32_t window_bytes = 262'144;  // of a stream's body that is under way to us; 1 to 2^31-1
  double resets_per_second = 20;         // streams that a client opens and takes back
  double control_per_second = 100;       // PING, SETTINGS, PRIORITY, empty frames
};

// With whoever reads what it is sent.
inline HttpPatience patience_with_reader(const HttpLimits& limits) {
  return {limits.grace, limits.least_rate, limits.reader_grace - limits.grace};
}

}  // namespace patchbay
