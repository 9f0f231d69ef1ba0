#include "patchbay/wire/http1_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "patchbay/base/ascii.hpp"
#include "patchbay/wire/value_scanner.hpp"

namespace patchbay {

namespace {

// ;name or ;name=value, as often as one likes (RFC 9112 section 7.1.1), with the blanks that must
// not be sent but must be read. A quote that is never closed would reach into the next line for
// some who read it, so what is passed over has to be sound.
bool are_extensions(std::string_view text) {
  detail::ValueScanner scanner(text);
  while (!scanner.at_end()) {
    scanner.skip_blanks();
    if (!scanner.take(';')) return false;
    scanner.skip_blanks();
    if (scanner.take_token().empty()) return false;
    detail::ValueScanner behind = scanner;
    behind.skip_blanks();
    if (!behind.take('=')) continue;
    scanner = behind;
    scanner.skip_blanks();
    if (scanner.take_token().empty() && !scanner.take_quoted()) return false;
  }
  return true;
}

// Fields that frame a message, or say where it goes, must not come behind it (RFC 9110 section
// 6.5.1): some would believe them.
bool must_be_in_the_head(std::string_view name) {
  constexpr std::string_view names[] = {"connection", "content-length", "host",
                                        "transfer-encoding"};
  return std::ranges::any_of(
      names, [name](std::string_view each) { return equal_ignoring_case(each, name); });
}

}  // namespace

Http1Body::Http1Body(HttpFraming framing, Http1BodyLimits limits) : limits_(limits) {
  switch (framing.kind) {
    case BodyKind::none: state_ = State::end; break;
    case BodyKind::length:
      left_ = framing.content_length;
      state_ = left_ == 0 ? State::end : State::content;
      break;
    case BodyKind::chunked: state_ = State::chunk_line; break;
    case BodyKind::until_close: state_ = State::rest; break;
  }
}

std::string_view Http1Body::take(std::string_view& bytes) {
  while (!bytes.empty()) {
    switch (state_) {
      case State::chunk_line: read_chunk_line(bytes); break;
      case State::chunk_end: read_chunk_end(bytes); break;
      case State::trailer: read_trailer(bytes); break;
      case State::rest: return std::exchange(bytes, {});
      case State::content:
      case State::chunk: {
        const std::string_view piece =
            bytes.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size())));
        bytes.remove_prefix(piece.size());
        left_ -= piece.size();
        if (left_ == 0) state_ = state_ == State::chunk ? State::chunk_end : State::end;
        return piece;
      }
      case State::end:
      case State::broken: return {};
    }
  }
  return {};
}

void Http1Body::peer_ended() {
  if (state_ == State::rest) {
    state_ = State::end;
  } else if (state_ != State::end) {
    fail("it ended before its body was complete");
  }
}

void Http1Body::fail(const char* reason) {
  if (state_ == State::broken) return;
  state_ = State::broken;
  refusal_ = {400, reason};
}

// Moves the rest of a line into line_; true when it has its LF, which is taken off with the CR.
bool Http1Body::gather_line(std::string_view& bytes, std::size_t limit) {
  const std::string_view most = bytes.substr(0, limit - line_.size());
  const std::size_t end = most.find('\n');
  if (end == std::string_view::npos && most.size() == limit - line_.size()) {
    fail("a line of the chunked coding is too long");
    return false;
  }
  const std::size_t length = std::min(end, most.size() - 1) + 1;
  line_ += bytes.substr(0, length);
  bytes.remove_prefix(length);
  if (end == std::string_view::npos) return false;
  if (line_.size() < 2 || line_[line_.size() - 2] != '\r') {
    fail("a line of the chunked coding does not end in CR LF");
    return false;
  }
  line_.resize(line_.size() - 2);
  return true;
}

void Http1Body::read_chunk_line(std::string_view& bytes) {
  if (!gather_line(bytes, limits_.chunk_line_bytes)) return;
  begin_chunk();
  line_.clear();
}

// RFC 9112 section 7.1: digits, then nothing or extensions, which are passed over.
void Http1Body::begin_chunk() {
  std::size_t digits = 0;
  std::uint64_t length = 0;
  for (; digits < line_.size() && hex_digit_value(line_[digits]) >= 0; ++digits) {
    if (length >> 59 != 0 || digits == 16) return fail("a chunk is too long to be true");
    length = length * 16 + static_cast<std::uint64_t>(hex_digit_value(line_[digits]));
  }
  if (digits == 0) return fail("a chunk has no length");
  const std::string_view extensions = std::string_view(line_).substr(digits);
  if (!is_field_value(extensions) || !are_extensions(extensions)) {
    return fail("no number and no extension stands before a chunk");
  }
  extension_bytes_ += extensions.size();
  if (extension_bytes_ > limits_.extension_bytes) return fail("its chunks have long extensions");
  left_ = length;
  state_ = length == 0 ? State::trailer : State::chunk;
}

void Http1Body::read_chunk_end(std::string_view& bytes) {
  constexpr std::string_view end = "\r\n";
  while (!bytes.empty() && line_.size() < end.size()) {
    if (bytes.front() != end[line_.size()]) return fail("a chunk is longer than its length");
    line_ += bytes.front();
    bytes.remove_prefix(1);
  }
  if (line_.size() < end.size()) return;
  line_.clear();
  state_ = State::chunk_line;
}

void Http1Body::read_trailer(std::string_view& bytes) {
  if (!gather_line(bytes, limits_.trailer_bytes - trailer_bytes_)) return;
  if (line_.empty()) {
    state_ = State::end;
    return;
  }
  trailer_bytes_ += line_.size() + 2;
  const std::string_view line = line_;
  const std::size_t colon = line.find(':');
  const bool sound = colon != std::string_view::npos && is_http_token(line.substr(0, colon)) &&
                     is_field_value(line);
  if (!sound) return fail("a field behind the last chunk is broken");
  if (must_be_in_the_head(line.substr(0, colon))) {
    return fail("a field behind the last chunk belongs into the head");
  }
  line_.clear();
}

std::string chunk_head(std::size_t bytes) { return fmt::format("{:x}\r\n", bytes); }

}  // namespace patchbay
