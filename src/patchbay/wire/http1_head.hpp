// What the heads of HTTP/1 requests and responses have in common (RFC 9112): limits, lines, fields,
// and how the length of the body is told.
//
// Reading is strict. Whatever two programs could understand in two ways is refused: lines that do
// not end in CR LF, folded lines, a blank before a colon, control characters, more than one length.
// What is read does not depend on how it came: a beginning of a head is either `incomplete` or ends
// as the whole does, with the same refusal.
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

// Takes one line off the front of `bytes`, into `line` without its CR LF. A line has no control
// character but the tab, and no other end. When it is not complete, `bytes` stay as they are.
HeadState take_line(std::string_view& bytes, std::string_view& line, HttpRefusal& refusal);

// Takes the field lines off the front of `bytes`, up to the empty line and with it. `incomplete`
// leaves `bytes` at a place that means nothing: begin again with more of them.
HeadState read_field_lines(std::string_view& bytes, const Http1Limits& limits, HttpFields& fields,
                           HttpRefusal& refusal);

// The fields that say how the message itself is to be read, found in one walk.
struct Http1Controls {
  std::string_view content_length, transfer_encoding, host, expect;  // the last one of each
  unsigned content_lengths = 0, transfer_encodings = 0, hosts = 0;   // how many there are
  bool close = false, keep_alive = false;                            // words of Connection
};
Http1Controls find_controls(const HttpFields& fields);

// The length of a message (RFC 9112 section 6): nothing when it is sound and told in `framing`.
// `minor` is x of HTTP/1.x.
std::optional<HttpRefusal> read_framing(const HttpFields& fields, const Http1Controls& controls,
                                        int minor, HttpFraming& framing);

// Content-Length's value: digits and nothing else, below 2^63.
std::optional<std::uint64_t> parse_content_length(std::string_view value);

// What Connection says, or else the version (RFC 9112 section 9.3).
inline bool may_persist(const Http1Controls& controls, int minor) {
  return !controls.close && (minor > 0 || controls.keep_alive);
}

}  // namespace patchbay
