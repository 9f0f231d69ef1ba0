// What a client lets its servers do. Every limit is one that a peer could otherwise set.
#pragma once

#include <cstdint>

#include "patchbay/wire/http1_body.hpp"
#include "patchbay/wire/http1_head.hpp"

namespace patchbay {

struct HttpClientLimits {
  Http1Limits head = {};
  Http1BodyLimits chunks = {};
  int interim_answers = 20;  // 1xx before the one that counts
  // Of an answer of 2xx that comes while the body of its request is still being sent, and that
  // nobody reads meanwhile: all but those to a source that survives a cancel. Over HTTP/2
  // window_bytes is a limit too.
  std::uint32_t early_bytes = 1'048'576;
  // Of a body of unknown length, for a server that is not known to speak HTTP/1.1: it is gathered
  // first, so that its length can be told.
  std::uint32_t gathered_bytes = 1'048'576;
  // HTTP/2 (RFC 9113 section 10.5).
  std::uint32_t streams = 100;             // at a time, on one connection
  std::uint32_t window_bytes = 1'048'576;  // of an answer that nobody has read yet
  double control_per_second = 100;         // PING, SETTINGS, GOAWAY, empty frames
};

}  // namespace patchbay
