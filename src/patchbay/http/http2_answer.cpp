// Http2Session: from a request that has come to the frames of its answer.
#include <algorithm>
#include <array>
#include <cstring>

#include "patchbay/http/http2_session.hpp"
#include "patchbay/http/http_answer_plan.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_frame_head = 9;

// Runs `task` within reach of the end of its stream.
template <class T>
Task<T> for_stream(Http2Stream* stream, Task<T> task) {
  Scope scope(&co_await current_scope());
  stream->scope = &scope;
  task.set_scope(scope);
  struct Leave {
    ~Leave() { stream->scope = nullptr; }
    Http2Stream* stream;
  } const leave{stream};
  co_return co_await task;
}

// What nghttp2 had the library reset a stream for: the client broke a rule.
bool is_of_the_client(std::uint32_t code) {
  return code != NGHTTP2_NO_ERROR && code != NGHTTP2_INTERNAL_ERROR && code != NGHTTP2_CANCEL;
}

}  // namespace

// --- requests ------------------------------------------------------------------------------------

void Http2Session::begin_requests() {
  for (Http2Stream* const stream : fresh_) {
    // Whoever asks and takes it back at once has not made the handler work.
    if (stream->closed || terminated_) {
      release(stream);
    } else {
      begin_request(*stream);
    }
  }
  fresh_.clear();
}

void Http2Session::begin_request(Http2Stream& stream) {
  if (stream.refusal) {
    ++service_.counters.refused;
    stream.held = false;
    answer(stream, HttpResponse::error(stream.refusal->status, stream.refusal->reason));
    return;
  }
  ++service_.counters.requests;
  if (auto now = service_.handler.answer_now(stream.request)) {
    stream.held = false;
    answer(stream, std::move(*now));
    return;
  }
  group_.spawn(&Http2Session::work, this, &stream);
}

Task<> Http2Session::work(Http2Stream* stream) {
  HttpResponse response = co_await for_stream(stream, service_.handler.answer(stream->request));
  // Of a client that has left it is what the handler said when it was cancelled.
  if (!stream->closed && !client_left_) answer(*stream, std::move(response));
  release(stream);
}

// --- answers -------------------------------------------------------------------------------------

void Http2Session::answer(Http2Stream& stream, HttpResponse response) {
  // RFC 9113 section 8.6. Extended CONNECT (RFC 8441) is not there either. A 426 without Upgrade is
  // none (RFC 9110 section 15.5.22).
  if (response.upgrade || response.status < 200 || response.status == 426) {
    response = HttpResponse::error(501, "HTTP/2 has no upgrade to another protocol");
  }
  stream.response = std::move(response);
  stream.answered = true;
  const HttpAnswerPlan plan = plan_answer(stream.response, stream.request.method);
  // Only what is made while it is sent may still read the request.
  if (!std::holds_alternative<std::shared_ptr<HttpSource>>(stream.response.body)) {
    const std::size_t unread =
        stream.body.discard(Error(Fault::closed, "read the body", "it was answered already"));
    if (unread > 0) body_taken(stream.id, unread);
  }
  submit(stream, plan.has_body && plan.length != 0,
         {.date = service_.date(), .length = plan.length});
  wake();
}

void Http2Session::submit(Http2Stream& stream, bool has_content,
                          const Http2ResponseHead::Frame& frame) {
  const auto fields = response_head_.build(stream.response, frame);
  nghttp2_data_provider content = {};
  content.source.ptr = &stream;
  content.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t most,
                             std::uint32_t* flags, nghttp2_data_source* source,
                             void* self) -> ssize_t {
    return static_cast<Http2Session*>(self)->read_content(*static_cast<Http2Stream*>(source->ptr),
                                                          most, *flags);
  };
  if (has_content) stream.content.begin(stream.response);
  const int error = nghttp2_submit_response(session_.get(), stream.id, fields.data(), fields.size(),
                                            has_content ? &content : nullptr);
  if (error == 0) return;
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_INTERNAL_ERROR);
}

// Writes the next piece to where its frame will stand, so that it is copied once.
ssize_t Http2Session::read_content(Http2Stream& stream, std::size_t most, std::uint32_t& flags) {
  std::span<std::byte> room = output_.room();
  room = room.subspan(std::min(k_frame_head, room.size()));
  const Http2Content::Piece piece = stream.content.take(room.first(std::min(most, room.size())));
  switch (piece.state) {
    case Http2Content::State::broken: return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    case Http2Content::State::later:
      stream.fetching = stream.held = true;
      hungry_.push_back(&stream);
      return NGHTTP2_ERR_DEFERRED;
    case Http2Content::State::end: flags |= NGHTTP2_DATA_FLAG_EOF; break;
    case Http2Content::State::more: break;
  }
  flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  return static_cast<ssize_t>(piece.bytes);
}

// The head of the frame, in front of what read_content() has written.
int Http2Session::send_content(Http2Stream& stream, const std::uint8_t* head, std::size_t bytes) {
  std::memcpy(output_.room().data(), head, k_frame_head);
  output_.filled += k_frame_head + bytes;
  stream.sent += bytes;
  sent_ += bytes;
  return output_.room().size() < Http2Output::k_least_room ? NGHTTP2_ERR_PAUSE : 0;
}

int Http2Session::on_sent(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_RST_STREAM && is_of_the_client(frame.rst_stream.error_code)) {
    spend(resets_);
  }
  const bool content = frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA;
  if (!content || (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
  Http2Stream* const stream = find(frame.hd.stream_id);
  if (stream == nullptr) return 0;
  stream->done = true;
  stream->done_at = Loop::current().now();
  return 0;
}

// The rest of a request that was answered before it was all there (RFC 9113 section 8.1).
void Http2Session::refuse_rest(Http2Stream& stream) {
  if (std::exchange(stream.cut, true)) return;
  nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream.id, NGHTTP2_NO_ERROR);
  wake();
}

// --- what has to be waited for -------------------------------------------------------------------

// True: some of it came at once.
bool Http2Session::fetch_contents() {
  const std::uint64_t before = fetched_;
  for (Http2Stream* const stream : std::exchange(hungry_, {})) {
    if (stream->closed) {
      release(stream);
      continue;
    }
    group_.spawn(&Http2Session::fetch, this, stream);
  }
  return fetched_ != before;
}

Task<> Http2Session::fetch(Http2Stream* stream) {
  co_await for_stream(stream, stream->content.fetch());
  stream->fetching = false;
  ++fetched_;
  if (!stream->closed) {
    nghttp2_session_resume_data(session_.get(), stream->id);
    wake();
  }
  release(stream);
}

void Http2Session::body_taken(std::int32_t stream, std::size_t bytes) {
  nghttp2_session_consume(session_.get(), stream, bytes);
  wake();
}

void Http2Session::body_awaited(std::int32_t id) {
  Http2Stream* const stream = find(id);
  if (stream == nullptr || stream->answered || !std::exchange(stream->awaits_continue, false)) {
    return;
  }
  std::array<std::uint8_t, 7> name = {':', 's', 't', 'a', 't', 'u', 's'};
  std::array<std::uint8_t, 3> value = {'1', '0', '0'};
  const nghttp2_nv status = {name.data(), value.data(), name.size(), value.size(),
                             NGHTTP2_NV_FLAG_NONE};
  nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, id, nullptr, &status, 1, nullptr);
  wake();
}

}  // namespace patchbay
