// Http2Session: how long things may take, and how a connection ends in order.
#include <algorithm>

#include "patchbay/http/http2_session.hpp"

namespace patchbay {

namespace {

constexpr Duration k_tick = 1s;        // while there is work
constexpr Duration k_round_trip = 1s;  // that a client may take to hear of the end
// That a client may go on with a request which is answered already. To refuse the rest at once is
// allowed, but curl before 8 takes that for a broken answer.
constexpr Duration k_linger = 2s;

}  // namespace

// Once a second while streams are open, and not at all while none is, but for the limits that are
// known beforehand.
Task<> Http2Session::watch() {
  for (;;) {
    looks_ = look_at_clock();
    const auto woken = co_await look_.wait(Deadline(looks_));
    if (!woken && (woken.error().fault() != Fault::timed_out || Loop::current().now() < looks_)) {
      co_return;
    }
    look_.reset();
  }
}

void Http2Session::note_work() {
  const bool works = open_ > 0 || head_stream_ != 0;
  if (works && looks_ > Loop::current().now() + k_tick) look_.set();
}

// Does what is due. Returns when to look again.
Instant Http2Session::look_at_clock() {
  const Instant now = Loop::current().now();
  const Duration since = std::min<Duration>(now - looked_, k_tick);
  looked_ = now;
  Instant next = Instant::max();
  const auto is_due = [&](Instant at) {
    if (now >= at) return true;
    next = std::min(next, at);
    return false;
  };
  if (!greeted_ && is_due(began_ + limits_.head_time)) terminate(NGHTTP2_SETTINGS_TIMEOUT);
  if (head_stream_ != 0 && is_due(head_since_ + limits_.head_time)) {
    terminate(NGHTTP2_ENHANCE_YOUR_CALM);
  }
  if (stop_ == Stop::announced && is_due(stop_since_ + k_round_trip)) finish_stop();
  if (open_ > 0) {
    look_at_streams(since);
    is_due(now + k_tick);
  } else {
    if (is_due(idle_since_ + limits_.idle)) terminate(NGHTTP2_NO_ERROR);
    // Who asks again and again would otherwise wake this task each time.
    if (now - idle_since_ < k_tick) is_due(now + k_tick);
  }
  return terminated_ ? Instant::max() : next;
}

// Whoever asks for more than it takes.
void Http2Session::look_at_streams(Duration since) {
  const bool connection_shut = nghttp2_session_get_remote_window_size(session_.get()) <= 0;
  bool waits_for_connection = false;
  for (Http2Stream* stream = streams_; stream != nullptr; stream = stream->next) {
    const std::uint64_t sent = stream->sent - std::exchange(stream->sent_at_tick, stream->sent);
    if (stream->done && looked_ - stream->done_at >= k_linger) refuse_rest(*stream);
    if (!stream->answered || stream->done || stream->fetching || stream->cut) continue;
    const bool shut =
        nghttp2_session_get_stream_remote_window_size(session_.get(), stream->id) <= 0;
    stream->patience.save(sent);
    if (shut) stream->patience.wait(since);
    waits_for_connection = waits_for_connection || (!shut && connection_shut);
    if (stream->patience.left() > Duration(0)) continue;
    stream->cut = true;
    nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream->id, NGHTTP2_CANCEL);
    wake();
  }
  patience_.save(sent_ - std::exchange(sent_at_tick_, sent_));
  if (waits_for_connection) patience_.wait(since);
  if (patience_.left() <= Duration(0)) terminate(NGHTTP2_ENHANCE_YOUR_CALM);
}

// RFC 9113 section 6.8: first that there is an end, so that requests under way still count; then,
// when the client has answered, which request is the last.
void Http2Session::stop() {
  if (stop_ != Stop::none || terminated_) return;
  stop_ = Stop::announced;
  stop_since_ = Loop::current().now();
  nghttp2_submit_shutdown_notice(session_.get());
  nghttp2_submit_ping(session_.get(), NGHTTP2_FLAG_NONE, nullptr);
  look_.set();
  wake();
}

void Http2Session::finish_stop() {
  if (stop_ != Stop::announced) return;
  stop_ = Stop::final;
  nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE,
                        nghttp2_session_get_last_proc_stream_id(session_.get()), NGHTTP2_NO_ERROR,
                        nullptr, 0);
  wake();
}

}  // namespace patchbay
