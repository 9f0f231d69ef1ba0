#include "patchbay/wire/http1_body.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace patchbay {

namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char letter = static_cast<char>(c | 32);
  return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && byte != '\t') || byte == 0x7f;
  });
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

// Moves the rest of a line into line_; true when it has its LF.
bool Http1Body::gather_line(std::string_view& bytes, std::size_t limit) {
  const std::size_t end = bytes.find('\n');
  const std::size_t length = end == std::string_view::npos ? bytes.size() : end + 1;
  if (line_.size() + length > limit) {
    fail("a line of the chunked coding is too long");
    return false;
  }
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
  for (; digits < line_.size() && hex_value(line_[digits]) >= 0; ++digits) {
    if (digits == 16 || length >> 59 != 0) return fail("a chunk is too long to be true");
    length = length * 16 + static_cast<std::uint64_t>(hex_value(line_[digits]));
  }
  if (digits == 0) return fail("a chunk has no length");
  const std::string_view extensions = trim_blanks(std::string_view(line_).substr(digits));
  if (!extensions.empty() && extensions.front() != ';') return fail("a chunk's length is no number");
  if (extensions.empty() && digits != line_.size()) return fail("a blank behind a chunk's length");
  if (has_control(extensions)) return fail("a chunk's extension has a control character");
  left_ = length;
  state_ = length == 0 ? State::trailer : State::chunk;
}

void Http1Body::read_chunk_end(std::string_view& bytes) {
  if (!gather_line(bytes, 2)) return;
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
  const std::size_t colon = line_.find(':');
  const bool sound = colon != std::string::npos && is_http_token(line_.substr(0, colon)) &&
                     !has_control(line_);
  if (!sound) return fail("a field behind the last chunk is broken");
  line_.clear();
}

std::string chunk_head(std::size_t bytes) { return fmt::format("{:x}\r\n", bytes); }

}  // namespace patchbay
