// Http2Session: what the client sends. Called by nghttp2 while it takes in what was received.
#include "patchbay/http/http2_session.hpp"

namespace patchbay {

Http2Stream* Http2Session::find(std::int32_t id) const {
  return static_cast<Http2Stream*>(nghttp2_session_get_stream_user_data(session_.get(), id));
}

void Http2Session::spend(Http2Budget& budget) {
  if (!budget.spend(Loop::current().now())) terminate(NGHTTP2_ENHANCE_YOUR_CALM);
}

// Frames that carry nothing forward cost their sender little, us a turn and sometimes an answer.
int Http2Session::on_begin_frame(const nghttp2_frame_hd& head) {
  switch (head.type) {
    case NGHTTP2_HEADERS:
    case NGHTTP2_CONTINUATION:   // nghttp2 counts them
    case NGHTTP2_RST_STREAM:     // has a limit of its own
    case NGHTTP2_WINDOW_UPDATE:  // only small ones, once that is known
      break;
    case NGHTTP2_DATA:
      if (head.length == 0 && (head.flags & NGHTTP2_FLAG_END_STREAM) == 0) spend(control_);
      break;
    default: spend(control_); break;
  }
  return 0;
}

int Http2Session::on_begin_headers(const nghttp2_frame& frame) {
  head_stream_ = frame.hd.stream_id;
  head_since_ = Loop::current().now();
  if (frame.headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  Http2Stream* const stream = open_stream(frame.hd.stream_id);
  nghttp2_session_set_stream_user_data(session_.get(), frame.hd.stream_id, stream);
  return 0;
}

int Http2Session::on_header(const nghttp2_frame& frame, nghttp2_rcbuf* name, nghttp2_rcbuf* value) {
  if (frame.hd.type != NGHTTP2_HEADERS) return 0;
  // Trailers are passed over.
  if (frame.headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  if (Http2Stream* const stream = find(frame.hd.stream_id)) {
    stream->head.add(name, value, limits_.head);
  }
  return 0;
}

int Http2Session::on_frame(const nghttp2_frame& frame) {
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS: return on_headers(frame);
    case NGHTTP2_DATA:
      if ((frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) break;
      if (Http2Stream* const stream = find(frame.hd.stream_id)) stream->body.end();
      break;
    case NGHTTP2_RST_STREAM: spend(resets_); break;
    case NGHTTP2_SETTINGS: greeted_ = true; break;
    case NGHTTP2_PING:
      if ((frame.hd.flags & NGHTTP2_FLAG_ACK) != 0) finish_stop();
      break;
    case NGHTTP2_WINDOW_UPDATE:
      if (frame.window_update.window_size_increment < k_http2_least_increment) spend(control_);
      break;
    default: break;
  }
  return 0;
}

int Http2Session::on_headers(const nghttp2_frame& frame) {
  head_stream_ = 0;
  Http2Stream* const stream = find(frame.hd.stream_id);
  if (stream == nullptr) return 0;
  const bool ends = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (frame.headers.cat != NGHTTP2_HCAT_REQUEST) {
    if (ends) stream->body.end();
    return 0;
  }
  HttpRequest& request = stream->request;
  stream->complete = true;
  stream->refusal = stream->head.finish(limits_.head, request);
  request.secure = connection_.secure;
  request.peer = connection_.peer;
  request.body = &stream->body;
  if (ends) request.body_bytes = 0;
  stream->body.begin(stream->id, request.body_bytes);
  if (ends) stream->body.end();
  stream->awaits_continue = !ends && stream->head.has_expectation();
  // Who tells no priority gets its share with the others, in place of waiting for all of those
  // before it (RFC 9218 section 10).
  if (!stream->head.has_priority()) {
    const nghttp2_extpri fair = {.urgency = NGHTTP2_EXTPRI_DEFAULT_URGENCY, .inc = 1};
    nghttp2_session_change_extpri_stream_priority(session_.get(), stream->id, &fair, 0);
  }
  stream->held = true;
  fresh_.push_back(stream);
  return 0;
}

int Http2Session::on_data(std::int32_t id, std::string_view bytes) {
  Http2Stream* const stream = find(id);
  if (stream == nullptr || !stream->body.add(bytes)) body_taken(id, bytes.size());
  if (stream == nullptr || !stream->done) return 0;
  stream->unwanted += bytes.size();
  if (stream->unwanted > limits_.drained_bytes) refuse_rest(*stream);
  return 0;
}

// Frames that break the rules of their stream have nghttp2 reset it, so they count as resets; those
// that break the connection's it ends itself.
int Http2Session::on_invalid_frame(const nghttp2_frame& frame) {
  if (frame.hd.stream_id == head_stream_) head_stream_ = 0;
  return 0;
}

int Http2Session::on_close(std::int32_t id) {
  if (id == head_stream_) head_stream_ = 0;
  if (Http2Stream* const stream = find(id)) close_stream(*stream);
  return 0;
}

}  // namespace patchbay
