// Http2Session: which streams there are, from the first byte of a request to the last of its
// answer, and what the log hears of each.
#include "patchbay/http/http2_session.hpp"

namespace patchbay {

Http2Stream* Http2Session::open_stream(std::int32_t id) {
  auto made = std::make_unique<Http2Stream>(static_cast<Http2BodyOwner&>(*this), patience_terms());
  made->id = id;
  made->began = Loop::current().now();
  made->next = streams_;
  if (streams_ != nullptr) streams_->previous = made.get();
  streams_ = made.release();
  ++open_;
  if (++requests_ >= limits_.requests) stop();
  return streams_;
}

// nghttp2 knows it no more. Who still works for it is told so, and is the last to hold it.
void Http2Session::close_stream(Http2Stream& stream) {
  stream.closed = true;
  (stream.previous != nullptr ? stream.previous->next : streams_) = stream.next;
  if (stream.next != nullptr) stream.next->previous = stream.previous;
  --open_;
  if (open_ == 0) idle_since_ = Loop::current().now();
  const std::size_t unread = stream.body.discard(
      Error(Fault::closed, "read the body", "the client took its request back"));
  if (unread > 0) nghttp2_session_consume_connection(session_.get(), unread);
  account(stream);
  if (stream.scope != nullptr) stream.scope->cancel();
  if (!stream.held) delete &stream;
}

void Http2Session::release(Http2Stream* stream) {
  stream->held = false;
  if (stream->closed) delete stream;
}

void Http2Session::account(const Http2Stream& stream) {
  service_.counters.body_bytes += stream.sent;
  if (!stream.complete) ++service_.counters.refused;
  if (service_.log == nullptr) return;
  const bool readable = stream.complete && !stream.refusal;
  int status = k_client_left;
  if (!stream.complete) status = 400;
  if (stream.answered) status = stream.response.status;
  service_.log->answered(readable ? &stream.request : nullptr, connection_.peer,
                         {.status = status,
                          .body_bytes = stream.sent,
                          .took = Loop::current().now() - stream.began,
                          .complete = stream.done});
}

// When the connection has ended, and no task works for any of them.
void Http2Session::account_for_all() {
  for (Http2Stream* const stream : hungry_) {
    stream->held = false;
    if (stream->closed) delete stream;
  }
  hungry_.clear();
  while (streams_ != nullptr) {
    Http2Stream* const stream = streams_;
    streams_ = stream->next;
    account(*stream);
    delete stream;
  }
}

}  // namespace patchbay
