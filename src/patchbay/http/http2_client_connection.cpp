#include "patchbay/http/http2_client_connection.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "patchbay/http/http2_client_callbacks.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

Http2ClientConnection::Http2ClientConnection(HttpUrl origin, HttpDialed dialed,
                                             const HttpClientLimits& limits)
    : origin_(std::move(origin)),
      dialed_(std::move(dialed)),
      limits_(limits),
      idle_since_(Loop::current().now()),
      control_(limits.control_per_second, idle_since_) {}

Result<std::shared_ptr<Http2ClientConnection>> Http2ClientConnection::make(
    HttpUrl origin, HttpDialed dialed, const HttpClientLimits& limits) {
  std::shared_ptr<Http2ClientConnection> made(
      new Http2ClientConnection(std::move(origin), std::move(dialed), limits));
  if (made->begin()) return made;
  return Error(Fault::limit, "speak HTTP/2 with", "there is no memory left")
      .about(made->origin_.origin());
}

bool Http2ClientConnection::begin() {
  nghttp2_session* session = nullptr;
  if (Http2ClientCallbacks::make_session(&session, *this) != 0) return false;
  session_.reset(session);
  const auto window = std::clamp<std::uint32_t>(limits_.window_bytes, 1, k_http2_most_window);
  const std::size_t head =
      std::min<std::size_t>(limits_.head.head_bytes, std::numeric_limits<std::uint32_t>::max());
  const std::array<nghttp2_settings_entry, 4> settings = {{
      {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
      {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(head)},
      {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
  }};
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  set_http2_window(session, window);
  return true;
}

Error Http2ClientConnection::about(const Error& error) const {
  return error.subject().empty() ? error.about(origin_.origin()) : error;
}

bool Http2ClientConnection::takes_requests() const {
  if (is_spent()) return false;
  const std::uint32_t theirs =
      nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  return streams_.size() < std::min(theirs, limits_.streams);
}

// --- streams -------------------------------------------------------------------------------------

Http2ClientStream* Http2ClientConnection::find(std::int32_t id) const {
  return static_cast<Http2ClientStream*>(nghttp2_session_get_stream_user_data(session_.get(), id));
}

Result<> Http2ClientConnection::submit(Http2ClientStream& stream,
                                       std::span<const nghttp2_nv> fields, bool has_body) {
  if (failure_) return *failure_;
  nghttp2_data_provider body = {};
  body.read_callback = Http2ClientCallbacks::read_piece;
  const std::int32_t id = nghttp2_submit_request(
      session_.get(), nullptr, fields.data(), fields.size(), has_body ? &body : nullptr, &stream);
  if (id < 0) {
    // All numbers are used up, or memory is.
    going_away_ = true;
    stream.unprocessed = true;
    return about(Error(Fault::limit, "send a request to", "the connection has no stream left"));
  }
  stream.id = id;
  stream.sent_whole = !has_body;
  streams_.push_back(&stream);
  ++requests_;
  touch();
  return ok();
}

void Http2ClientConnection::resume(Http2ClientStream& stream) {
  if (stream.closed || !std::exchange(stream.deferred, false)) return;
  nghttp2_session_resume_data(session_.get(), stream.id);
  touch();
}

void Http2ClientConnection::consume(Http2ClientStream& stream, std::size_t bytes) {
  if (stream.closed) {
    nghttp2_session_consume_connection(session_.get(), bytes);
  } else {
    nghttp2_session_consume(session_.get(), stream.id, bytes);
  }
  touch();
}

void Http2ClientConnection::leave(Http2ClientStream& stream) {
  if (std::erase(streams_, &stream) == 0) return;
  if (stream.unread() > 0) {
    nghttp2_session_consume_connection(session_.get(), stream.unread());
  }
  if (!stream.closed) {
    // Nobody would tell the server before the next request.
    if (!stream.is_over() && streams_.empty()) {
      fail(Error(Fault::closed, "go on with", "the only request on the connection was given up"));
    }
    nghttp2_session_set_stream_user_data(session_.get(), stream.id, nullptr);
    give_up(stream, NGHTTP2_CANCEL);
  }
  if (streams_.empty()) {
    idle_since_ = Loop::current().now();
    if (is_spent()) close();
  }
  touch();
  hand_over();
}

void Http2ClientConnection::give_up(Http2ClientStream& stream, std::uint32_t code) {
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id, code);
  touch();
}

void Http2ClientConnection::fail_stream(Http2ClientStream& stream, const Error& error) {
  if (stream.is_over()) return;
  stream.failure = about(error);
  wake(stream);
}

Error Http2ClientConnection::not_understood() const {
  const Error error = Error(Fault::protocol, "understand the answer of");
  if (greeted_) return error.because("it breaks the rules of HTTP/2");
  return error.because("it does not speak HTTP/2").advising("ask it over HTTP/1.1");
}

// All that is not over yet is.
void Http2ClientConnection::fail(const Error& error) {
  if (failure_) return;
  failure_ = about(error);
  for (Http2ClientStream* const stream : streams_) fail_stream(*stream, error);
}

}  // namespace patchbay
