// Http2ClientConnection: what the server sends, and when it takes what is for it. Called by nghttp2
// while it takes in what was received, and while it makes what is to be written.
#include <algorithm>
#include <charconv>
#include <cstring>

#include "patchbay/http/http2_client_connection.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_field_overhead = 32;

// Why the server reset a request, by the code it gave (RFC 9113 section 7).
Error reset_error(std::uint32_t code) {
  const auto said = [](Fault fault, const char* reason, const char* remedy) {
    return Error(fault, "get an answer from", reason, remedy);
  };
  switch (code) {
    case NGHTTP2_NO_ERROR:
    case NGHTTP2_CANCEL:
      return said(Fault::closed, "it gave up the request before its answer was complete",
                  "try again; what came is only a part");
    case NGHTTP2_INTERNAL_ERROR:
      return said(Fault::closed, "it met an error of its own", "look into the server's log");
    case NGHTTP2_REFUSED_STREAM:
      return said(Fault::closed, "it refused the request without looking at it",
                  "wait, and try again");
    case NGHTTP2_ENHANCE_YOUR_CALM:
      return said(Fault::limit, "it is asked for more than it wants to do", "ask it less often");
    case NGHTTP2_HTTP_1_1_REQUIRED:
      return said(Fault::protocol, "it answers this over HTTP/1.1 only", "ask it over HTTP/1.1");
    case NGHTTP2_PROTOCOL_ERROR:
      return said(Fault::protocol, "it says that the request breaks the rules of HTTP/2",
                  "check the fields of the request, or ask it over HTTP/1.1");
    default:
      return said(Fault::closed, "it reset the request", "try again, or ask it over HTTP/1.1");
  }
}

Error broken_answer() {
  return Error(Fault::protocol, "understand the answer of",
               "a field in it is none, or its length is not what it says",
               "what came is not to be trusted");
}

Error too_long() {
  return Error(Fault::limit, "read the answer of", "its head is too long or has too many fields");
}

}  // namespace

// --- frames --------------------------------------------------------------------------------------

void Http2ClientConnection::spend() {
  if (control_.spend(Loop::current().now())) return;
  fail(Error(Fault::limit, "go on with", "it sends too much that says nothing"));
}

// Frames that carry nothing forward cost their sender little, us a turn and sometimes an answer.
int Http2ClientConnection::on_begin_frame(const nghttp2_frame_hd& head) {
  switch (head.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_CONTINUATION:   // nghttp2 counts them
    case NGHTTP2_RST_STREAM:     // there are no more than requests
    case NGHTTP2_WINDOW_UPDATE:  // only small ones, once that is known
      break;
    case NGHTTP2_DATA:
      if (head.length == 0 && (head.flags & NGHTTP2_FLAG_END_STREAM) == 0) spend();
      break;
    case NGHTTP2_PUSH_PROMISE:  // which our SETTINGS forbid, acknowledged or not
      fail(Error(Fault::protocol, "understand the answer of", "it pushes what nobody asked for"));
      break;
    default: spend(); break;
  }
  return failure_ ? NGHTTP2_ERR_CALLBACK_FAILURE : 0;
}

int Http2ClientConnection::on_frame(const nghttp2_frame& frame) {
  Http2ClientStream* const stream = frame.hd.stream_id == 0 ? nullptr : find(frame.hd.stream_id);
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS: return stream == nullptr ? 0 : on_headers(*stream, frame);
    case NGHTTP2_DATA:
      if (stream != nullptr && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) end_body(*stream);
      break;
    case NGHTTP2_RST_STREAM:
      if (stream != nullptr) stream->reset_by_peer = true;
      break;
    case NGHTTP2_SETTINGS: greeted_ = true; break;
    case NGHTTP2_WINDOW_UPDATE:
      if (frame.window_update.window_size_increment < k_http2_least_increment) spend();
      break;
    case NGHTTP2_GOAWAY: on_goaway(frame); break;
    default: break;
  }
  return 0;
}

// RFC 9113 section 6.8: what came after the last one it has looked at may be asked elsewhere.
void Http2ClientConnection::on_goaway(const nghttp2_frame& frame) {
  going_away_ = true;
  const std::uint32_t code = frame.goaway.error_code;
  if (code != NGHTTP2_NO_ERROR) farewell_ = reset_error(code);
  const Error away =
      Error(Fault::closed, "get an answer from", "it takes no further requests", "try again");
  for (Http2ClientStream* const stream : streams_) {
    if (stream->id <= frame.goaway.last_stream_id || stream->is_over()) continue;
    stream->unprocessed = true;
    fail_stream(*stream, farewell_.value_or(away));
  }
}

// --- heads ---------------------------------------------------------------------------------------

int Http2ClientConnection::on_begin_headers(const nghttp2_frame& frame) {
  Http2ClientStream* const stream = find(frame.hd.stream_id);
  if (stream == nullptr) return 0;
  if (!stream->heard) stream->heard_at = Loop::current().now();
  stream->heard = true;
  return 0;
}

int Http2ClientConnection::on_header(const nghttp2_frame& frame, std::string_view name,
                                     std::string_view value) {
  Http2ClientStream* const stream = find(frame.hd.stream_id);
  if (stream == nullptr || stream->is_over()) return 0;
  // Trailers are passed over, as those of HTTP/1 are.
  stream->head_bytes += name.size() + value.size() + k_field_overhead;
  const bool too_many = !stream->has_head && stream->head.fields.size() >= limits_.head.fields;
  if (too_many || stream->head_bytes > limits_.head.head_bytes) {
    fail_stream(*stream, too_long());
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }
  if (stream->has_head) return 0;
  if (name == ":status") {
    // nghttp2 has seen that it has three digits.
    std::from_chars(value.data(), value.data() + value.size(), stream->head.status);
  } else if (!name.starts_with(':')) {
    stream->head.fields.emplace_back(std::string(name), std::string(value));
  }
  return 0;
}

int Http2ClientConnection::on_headers(Http2ClientStream& stream, const nghttp2_frame& frame) {
  const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (stream.is_over()) return 0;
  if (stream.has_head) {
    if (ends) end_body(stream);
    return 0;
  }
  if (stream.head.status < 200) {
    if (++stream.interim > limits_.interim_answers) {
      fail_stream(stream, Error(Fault::protocol, "understand the answer of",
                                "it is one interim answer after the other"));
      give_up(stream, NGHTTP2_ENHANCE_YOUR_CALM);
    }
    stream.head = {};
    return 0;
  }
  read_length(stream, ends);
  stream.head.major = 2;
  stream.head.minor = 0;
  stream.has_head = true;
  if (ends) end_body(stream);
  wake(stream);
  return 0;
}

// nghttp2 has seen that there is no more than one, and that it is a number.
void Http2ClientConnection::read_length(Http2ClientStream& stream, bool ends) {
  HttpAnswerHead& head = stream.head;
  for (const auto& [name, value] : head.fields) {
    if (name == "content-length") head.body_bytes = parse_content_length(value);
  }
  if (ends || head.status == 204 || head.status == 304) head.body_bytes = 0;
}

// Of a frame that breaks the rules of its stream, which nghttp2 resets.
int Http2ClientConnection::on_invalid_frame(const nghttp2_frame& frame) {
  if (frame.hd.stream_id == 0) return 0;
  if (Http2ClientStream* const stream = find(frame.hd.stream_id)) {
    fail_stream(*stream, broken_answer());
  }
  return 0;
}

// --- bodies --------------------------------------------------------------------------------------

int Http2ClientConnection::on_data(std::int32_t id, std::string_view bytes) {
  Http2ClientStream* const stream = find(id);
  if (stream == nullptr || stream->is_over()) {
    nghttp2_session_consume(session_.get(), id, bytes.size());
    return 0;
  }
  if (stream->taken > stream->waiting.size() / 2) {
    stream->waiting.erase(0, std::exchange(stream->taken, 0));
  }
  stream->waiting += bytes;
  wake(*stream);
  return 0;
}

// nghttp2 has compared its length with what its head said.
void Http2ClientConnection::end_body(Http2ClientStream& stream) {
  if (stream.is_over()) return;
  stream.ended = true;
  wake(stream);
}

ssize_t Http2ClientConnection::read_piece(Http2ClientStream& stream, std::span<std::uint8_t> into,
                                          std::uint32_t& flags) {
  const std::size_t bytes = std::min(into.size(), stream.piece.size());
  if (bytes > 0) std::memcpy(into.data(), stream.piece.data(), bytes);
  stream.piece.remove_prefix(bytes);
  if (!stream.piece.empty()) return static_cast<ssize_t>(bytes);
  if (stream.last_piece) {
    stream.sent_whole = true;
    flags |= NGHTTP2_DATA_FLAG_EOF;
  } else if (bytes == 0) {
    stream.deferred = true;
  }
  wake(stream);
  return stream.deferred ? static_cast<ssize_t>(NGHTTP2_ERR_DEFERRED) : static_cast<ssize_t>(bytes);
}

// --- ends ----------------------------------------------------------------------------------------

int Http2ClientConnection::on_close(std::int32_t id, std::uint32_t code) {
  Http2ClientStream* const stream = find(id);
  if (stream == nullptr) return 0;
  stream->closed = true;
  stream->unprocessed = stream->unprocessed || code == NGHTTP2_REFUSED_STREAM;
  const bool theirs = stream->reset_by_peer || code == NGHTTP2_REFUSED_STREAM;
  fail_stream(*stream, theirs ? reset_error(code) : broken_answer());
  wake(*stream);
  return 0;
}

// nghttp2 ends a connection whose rules the server has broken.
int Http2ClientConnection::on_sent(const nghttp2_frame& frame) {
  if (frame.hd.type != NGHTTP2_GOAWAY || frame.goaway.error_code == NGHTTP2_NO_ERROR) return 0;
  fail(not_understood());
  return 0;
}

}  // namespace patchbay
