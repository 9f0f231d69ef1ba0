// The half of a WebSocket that receives.
#include <optional>
#include <utility>

#include "patchbay/http/websocket_state.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

// What a peer may still send after it has broken the rules, before it is cut off.
constexpr std::size_t k_drain_bytes = 1024 * 1024;

}  // namespace

Task<Result<WebSocketMessage>> WebSocket::State::receive(Deadline deadline) {
  if (receiving_)
    co_return Error(Fault::limit, k_websocket_receiving, "another task does so already");
  const Receiving receiving(*this);
  for (;;) {
    auto event = co_await next_event(deadline);
    if (!event) co_return event.error();
    if (is_control(event->kind)) continue;
    co_return WebSocketMessage{.is_text = event->kind == WebSocketOpcode::text,
                               .data = std::move(event->payload)};
  }
}

// Messages, and pings and pongs that have been dealt with.
Task<Result<WebSocketEvent>> WebSocket::State::next_event(Deadline deadline) {
  for (;;) {
    if (over_) co_return Error(Fault::closed, k_websocket_receiving, "it is closed");
    auto event = receiver_.next(unread_);
    if (!event) co_return co_await end_by_fault(event.error());
    if (!*event) {
      const auto more = co_await read_more(deadline);
      if (!more) co_return more.error();
      continue;
    }
    if ((*event)->kind == WebSocketOpcode::close)
      co_return co_await end_by_peer(std::move(**event));
    if ((*event)->kind == WebSocketOpcode::ping) {
      notes_.pong = (*event)->payload;
      const auto written = co_await write_notes_if_free();
      if (!written) co_return written.error();
    }
    co_return std::move(**event);
  }
}

Deadline WebSocket::State::silence_ends() const {
  if (options_.ping_after <= Duration::zero()) return Deadline::never();
  if (pinged_) return Deadline(*pinged_ + options_.pong_timeout);
  return Deadline(last_heard_ + options_.ping_after);
}

Task<Result<>> WebSocket::State::read_more(Deadline deadline) {
  lease_ = {};  // while it waits a connection has no buffer
  first_bytes_ = {};
  unread_ = {};
  for (;;) {
    const Deadline silence = silence_ends();
    auto data = co_await stream_.receive(deadline.or_earlier(silence));
    const Instant now = Loop::current().now();
    if (data && !data->empty()) {
      lease_ = std::move(*data);
      unread_ = lease_.bytes();
      last_heard_ = now;
      pinged_.reset();
      co_return ok();
    }
    if (data) {
      over_ = true;
      co_return Error(Fault::closed, k_websocket_receiving, "the peer has ended it without a word");
    }
    const bool silent = data.error().fault() == Fault::timed_out && now >= silence.at();
    if (!silent || now >= deadline.at()) {
      over_ = is_lasting(data.error());
      co_return data.error();
    }
    const auto looked_after = co_await look_after_silence();
    if (!looked_after) co_return looked_after.error();
  }
}

// The peer has said nothing for long: asks whether it is there, or gives it up.
Task<Result<>> WebSocket::State::look_after_silence() {
  if (pinged_) {
    over_ = true;
    co_return Error(Fault::timed_out, k_websocket_receiving, "the peer does not answer a ping");
  }
  pinged_ = Loop::current().now();
  notes_.ping = true;
  co_return co_await write_notes_if_free();
}

// The answer to a close is a close (RFC 6455 section 5.5.1), and the server ends the connection.
Task<Error> WebSocket::State::end_by_peer(WebSocketEvent event) {
  over_ = close_received_ = true;
  close_code_ = event.code;
  close_reason_ = std::move(event.payload);
  want_close(close_code_, {});
  const auto written = co_await write_notes_if_free();
  if (written && close_sent_ && !writing_ && role_ == WebSocketRole::server) {
    [[maybe_unused]] const auto ended = co_await stream_.shutdown_write(patience());
  }
  co_return Error(Fault::closed, k_websocket_receiving, "the peer has closed it");
}

// Tells the peer which rule it broke. It may be in the middle of sending: a connection that is
// closed with bytes unread is reset, and the close frame with it.
Task<Error> WebSocket::State::end_by_fault(Error fault) {
  over_ = true;
  close_code_ = websocket_close_code(fault);
  want_close(close_code_, fault.why());
  const auto written = co_await write_notes_if_free();
  if (!written || !close_sent_ || writing_) co_return fault;
  const Deadline goodbye = Deadline::after(options_.goodbye_timeout);
  const auto ended = co_await stream_.shutdown_write(goodbye);
  if (ended) co_await drain(goodbye);
  co_return fault;
}

// Until the peer has ended its side.
Task<> WebSocket::State::drain(Deadline deadline) {
  lease_ = {};
  unread_ = {};
  for (std::size_t drained = 0; drained < k_drain_bytes;) {
    const auto data = co_await stream_.receive(deadline);
    if (!data || data->empty()) co_return;
    drained += data->size();
  }
}

Task<Result<>> WebSocket::State::discard_until_closed(Deadline deadline) {
  while (!close_received_) {
    if (receiving_) {
      const auto waited = co_await receive_ended_.wait(deadline);
      if (!waited) co_return waited;
      continue;
    }
    const Receiving receiving(*this);
    while (!close_received_) {
      const auto event = co_await next_event(deadline);
      if (!event && !close_received_) co_return event.error();
    }
  }
  co_return ok();
}

}  // namespace patchbay
