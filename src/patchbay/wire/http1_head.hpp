// What the heads of HTTP/1 requests and responses have in common (RFC 9112): limits, the lines of
// their fields, and how the length of the body is told.
//
// Reading is strict. Whatever two programs could understand in two ways is refused: lines that do
// not end in CR LF, folded lines, a blank before a colon, control characters, more than one length.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "patchbay/wire/http_field.hpp"

namespace patchbay {

struct Http1Limits {
  std::size_t head_bytes = 32 * 1024;   // from the first line to the empty one
  std::size_t first_line_bytes = 8192;  // RFC 9112 section 3 asks for 8,000 at least
  std::size_t fields = 100;
};

// Why a message is not to be trusted. After it the connection has no next message: close it.
struct HttpRefusal {
  int status;          // what a server answers; a client only has the reason
  const char* reason;  // a literal, one clause
};

enum class BodyKind : std::uint8_t {
  none,
  length,       // content_length bytes
  chunked,      // RFC 9112 section 7.1
  until_close,  // all that comes (responses only)
};

struct HttpFraming {
  BodyKind kind = BodyKind::none;
  std::uint64_t content_length = 0;

  bool has_body() const {
    return kind == BodyKind::chunked || kind == BodyKind::until_close || content_length > 0;
  }
};

enum class HeadState : std::uint8_t { incomplete, complete, refused };

// Takes the field lines off the front of `bytes`, up to the empty line and with it. `incomplete`
// leaves `bytes` at a place that means nothing: begin again with more of them.
HeadState read_field_lines(std::string_view& bytes, const Http1Limits& limits, HttpFields& fields,
                           HttpRefusal& refusal);

// Takes one line off the front, without its end. Nothing while there is no LF. A line that does
// not end in CR LF, or has a CR within, is `broken`.
struct Http1Line {
  std::string_view text;
  bool broken = false;
};
std::optional<Http1Line> take_line(std::string_view& bytes);

// Content-Length and Transfer-Encoding of a message (RFC 9112 section 6): nothing when they are
// sound and told in `framing`. `minor` is x of HTTP/1.x.
std::optional<HttpRefusal> read_framing(const HttpFields& fields, int minor, HttpFraming& framing);

// Content-Length's value: digits and nothing else, below 2^63.
std::optional<std::uint64_t> parse_content_length(std::string_view value);

// "close" and "keep-alive" of the Connection fields, and the default of the version (RFC 9112
// section 9.3).
bool may_persist(const HttpFields& fields, int minor);

}  // namespace patchbay
