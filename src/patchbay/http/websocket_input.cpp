#include "patchbay/http/websocket_input.hpp"

#include <utility>

#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

// What a peer may still send after it has broken the rules, before it is cut off.
constexpr std::size_t k_drain_bytes = 1024 * 1024;

}  // namespace

WebSocketInput::WebSocketInput(WebSocketConnection& connection, WebSocketOutput& output,
                               std::string already_read)
    : connection_(connection),
      output_(output),
      receiver_(connection.role, connection.agreement.deflate,
                connection.options.message_max_bytes),
      first_bytes_(std::move(already_read)),
      unread_(std::as_bytes(std::span(first_bytes_))),
      last_heard_(Loop::current().now()) {}

Task<Result<WebSocketMessage>> WebSocketInput::receive(Deadline deadline) {
  if (turn_.is_taken()) {
    co_return Error(Fault::limit, k_websocket_receiving, "another task does so already");
  }
  const WebSocketTurn::Holder turn(turn_);
  for (;;) {
    auto event = co_await next_event(deadline);
    if (!event) co_return event.error();
    if (is_control(event->kind)) continue;
    co_return WebSocketMessage{.is_text = event->kind == WebSocketOpcode::text,
                               .data = std::move(event->payload)};
  }
}

// Messages, and pings and pongs that have been dealt with.
Task<Result<WebSocketEvent>> WebSocketInput::next_event(Deadline deadline) {
  for (;;) {
    if (connection_.over) co_return Error(Fault::closed, k_websocket_receiving, "it is closed");
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
      output_.note_pong((*event)->payload);
      const auto written = co_await output_.write_notes_if_free();
      if (!written) co_return written.error();
    }
    co_return std::move(**event);
  }
}

Deadline WebSocketInput::silence_ends() const {
  if (connection_.options.ping_after <= Duration::zero()) return Deadline::never();
  if (pinged_) return Deadline(*pinged_ + connection_.options.pong_timeout);
  return Deadline(last_heard_ + connection_.options.ping_after);
}

Task<Result<>> WebSocketInput::read_more(Deadline deadline) {
  lease_ = {};  // while it waits a connection has no buffer
  first_bytes_ = {};
  unread_ = {};
  for (;;) {
    const Deadline silence = silence_ends();
    auto data = co_await connection_.stream.receive(deadline.or_earlier(silence));
    const Instant now = Loop::current().now();
    if (data && !data->empty()) {
      lease_ = std::move(*data);
      unread_ = lease_.bytes();
      last_heard_ = now;
      pinged_.reset();
      co_return ok();
    }
    if (data) {
      connection_.over = true;
      co_return Error(Fault::closed, k_websocket_receiving, "the peer has ended it without a word");
    }
    const bool silent = data.error().fault() == Fault::timed_out && now >= silence.at();
    if (!silent || now >= deadline.at()) {
      connection_.note_failure(data.error());
      co_return data.error();
    }
    const auto looked_after = co_await look_after_silence();
    if (!looked_after) co_return looked_after.error();
  }
}

// The peer has said nothing for long: asks whether it is there, or gives it up.
Task<Result<>> WebSocketInput::look_after_silence() {
  if (pinged_) {
    connection_.over = true;
    co_return Error(Fault::timed_out, k_websocket_receiving, "the peer does not answer a ping");
  }
  pinged_ = Loop::current().now();
  output_.note_ping();
  co_return co_await output_.write_notes_if_free();
}

// The answer to a close is a close (RFC 6455 section 5.5.1), and the server ends the connection.
Task<Error> WebSocketInput::end_by_peer(WebSocketEvent event) {
  connection_.over = connection_.close_received = true;
  connection_.close_code = event.code;
  connection_.close_reason = std::move(event.payload);
  output_.note_close(connection_.close_code, {});
  const auto written = co_await output_.write_notes_if_free();
  if (written && output_.is_done() && connection_.role == WebSocketRole::server) {
    [[maybe_unused]] const auto ended =
        co_await connection_.stream.shutdown_write(connection_.patience());
  }
  co_return Error(Fault::closed, k_websocket_receiving, "the peer has closed it");
}

// Tells the peer which rule it broke. It may be in the middle of sending: a connection that is
// closed with bytes unread is reset, and the close frame with it.
Task<Error> WebSocketInput::end_by_fault(Error fault) {
  connection_.over = true;
  connection_.close_code = websocket_close_code(fault);
  output_.note_close(connection_.close_code, fault.why());
  const auto written = co_await output_.write_notes_if_free();
  if (!written || !output_.is_done()) co_return fault;
  const Deadline goodbye = Deadline::after(connection_.options.goodbye_timeout);
  const auto ended = co_await connection_.stream.shutdown_write(goodbye);
  if (ended) co_await drain(goodbye);
  co_return fault;
}

// Until the peer has ended its side.
Task<> WebSocketInput::drain(Deadline deadline) {
  lease_ = {};
  unread_ = {};
  for (std::size_t drained = 0; drained < k_drain_bytes;) {
    const auto data = co_await connection_.stream.receive(deadline);
    if (!data || data->empty()) co_return;
    drained += data->size();
  }
}

Task<Result<>> WebSocketInput::discard_until_closed(Deadline deadline) {
  while (!connection_.close_received) {
    if (turn_.is_taken()) {
      const auto waited = co_await turn_.wait(deadline);
      if (!waited) co_return waited;
      continue;
    }
    const WebSocketTurn::Holder turn(turn_);
    while (!connection_.close_received) {
      const auto event = co_await next_event(deadline);
      if (!event && !connection_.close_received) co_return event.error();
    }
  }
  co_return ok();
}

}  // namespace patchbay
