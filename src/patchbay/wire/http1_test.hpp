// What the tests of HTTP/1 share: messages that keep the bytes they are views of, and a body read
// in pieces.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "patchbay/wire/http1_body.hpp"
#include "patchbay/wire/http1_request.hpp"
#include "patchbay/wire/http1_response.hpp"

namespace patchbay {

constexpr int k_complete = 0;
constexpr int k_incomplete = -1;

// How a head ended, in one number: k_complete, k_incomplete, or the status of its refusal.
template <class Message>
int outcome(HeadState state, const Message& message) {
  if (state == HeadState::complete) return k_complete;
  return state == HeadState::incomplete ? k_incomplete : message.refusal.status;
}

// A request that was read from this text.
struct Asked : Http1Request {
  explicit Asked(std::string from, Http1Limits limits = {}) : text(std::move(from)) {
    const HeadState state = parse_request(text, limits, *this);
    status = outcome(state, *this);
  }
  Asked(const Asked&) = delete;
  Asked& operator=(const Asked&) = delete;

  std::string text;
  int status;
};

// An answer that was read from this text.
struct Answered : Http1Response {
  explicit Answered(std::string from, std::string_view asked = "GET", Http1Limits limits = {})
      : text(std::move(from)) {
    const HeadState state = parse_response(text, asked, limits, *this);
    outcome = patchbay::outcome(state, *this);
  }
  Answered(const Answered&) = delete;
  Answered& operator=(const Answered&) = delete;

  std::string text;
  int outcome;
};

// The status for a request with these lines in its head, all of them with CR LF behind them.
inline int status_of(std::string_view lines, Http1Limits limits = {}) {
  return Asked(std::string(lines) + "\r\n", limits).status;
}

// The status for "GET / HTTP/1.1" with a Host and this further line.
inline int status_with(std::string_view line) {
  return status_of("GET / HTTP/1.1\r\nHost: a\r\n" + std::string(line) + "\r\n");
}

struct ReadBody {
  std::string content;
  std::string left;  // of what it was given
  bool ended = false;
  bool broken = false;

  bool operator==(const ReadBody&) const = default;
};

// Gives `stream` to the body in pieces of this size, until it ends or is broken.
inline ReadBody read_body(Http1Body& body, std::string_view stream, std::size_t piece) {
  ReadBody read;
  while (!stream.empty() && !body.ended() && !body.broken()) {
    std::string_view bytes = stream.substr(0, piece);
    const std::size_t given = bytes.size();
    while (!bytes.empty() && !body.ended() && !body.broken()) read.content += body.take(bytes);
    stream.remove_prefix(given - bytes.size());
  }
  read.ended = body.ended();
  read.broken = body.broken();
  // Where a broken body was given up has no meaning.
  if (!read.broken) read.left = stream;
  return read;
}

inline ReadBody read_chunked(std::string_view stream, Http1BodyLimits limits = {}) {
  Http1Body body({.kind = BodyKind::chunked}, limits);
  return read_body(body, stream, std::string_view::npos);
}

}  // namespace patchbay
