#include "patchbay/http/websocket_output.hpp"

#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

constexpr const char* k_sending = "send to a WebSocket";

WebSocketMask random_mask() {
  const std::uint64_t bits = Loop::current().random_bits();
  WebSocketMask mask;
  for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = static_cast<std::byte>(bits >> (8 * i));
  return mask;
}

}  // namespace

WebSocketOutput::WebSocketOutput(WebSocketConnection& connection)
    : connection_(connection),
      sender_(connection.role, connection.agreement.deflate, connection.options.sending) {}

WebSocketMask WebSocketOutput::mask() const {
  return connection_.role == WebSocketRole::client ? random_mask() : WebSocketMask{};
}

Task<Result<>> WebSocketOutput::wait_for_turn(Deadline deadline) {
  while (turn_.is_taken()) {
    const auto waited = co_await turn_.wait(deadline);
    if (!waited) co_return waited;
  }
  co_return ok();
}

Result<> WebSocketOutput::may_send() const {
  if (cut_off_) return Error(Fault::closed, k_sending, "an earlier message was cut off");
  if (close_ || connection_.over) return Error(Fault::closed, k_sending, "it is closed");
  return ok();
}

void WebSocketOutput::note_close(std::uint16_t code, std::string_view reason) {
  if (close_) return;
  close_ = write_websocket_close(code, reason);
  notes_.close = true;
}

WebSocketOutput::Notes WebSocketOutput::append_notes(std::string& out) {
  Notes notes = std::exchange(notes_, {});
  if (close_sent_) return {};  // nothing may follow it
  if (notes.pong) sender_.control_frame(out, WebSocketOpcode::pong, *notes.pong, mask());
  if (notes.ping) sender_.control_frame(out, WebSocketOpcode::ping, {}, mask());
  if (notes.close) sender_.control_frame(out, WebSocketOpcode::close, *close_, mask());
  close_sent_ = notes.close;
  return notes;
}

// They have not been written after all. What has been noted since is later.
void WebSocketOutput::put_back(Notes notes) {
  if (!notes_.pong) notes_.pong = std::move(notes.pong);
  notes_.ping |= notes.ping;
  if (!notes.close) return;
  notes_.close = true;
  close_sent_ = false;
}

// For whoever has the turn. `notes` are in `out`.
Task<Result<>> WebSocketOutput::write(std::string_view out, Notes notes, Deadline deadline) {
  auto writing = connection_.stream.write_all(out, deadline);
  auto written = co_await writing;
  if (written) co_return written;
  if (writing.done == 0) {
    put_back(std::move(notes));
  } else {
    cut_off_ = true;
  }
  co_return written;
}

Task<Result<>> WebSocketOutput::write_notes(Deadline deadline) {
  while (notes_.any() && !cut_off_) {
    std::string out;
    Notes notes = append_notes(out);
    if (out.empty()) break;
    const auto written = co_await write(out, std::move(notes), deadline);
    if (!written) co_return written;
  }
  co_return ok();
}

Task<Result<>> WebSocketOutput::write_notes_if_free() {
  if (turn_.is_taken() || !notes_.any()) co_return ok();
  const WebSocketTurn::Holder turn(turn_);
  const Deadline limit = connection_.patience();
  const auto written = co_await write_notes(limit);
  if (written) co_return ok();
  const bool does_not_read =
      written.error().fault() == Fault::timed_out && Loop::current().now() >= limit.at();
  connection_.note_failure(written.error());
  if (!does_not_read) co_return written;
  connection_.over = true;
  co_return Error(Fault::timed_out, k_websocket_receiving, "the peer does not read");
}

Task<Result<>> WebSocketOutput::send(WebSocketOpcode kind, std::string_view payload,
                                     Deadline deadline) {
  if (kind == WebSocketOpcode::text && !is_valid_utf8(payload)) {
    co_return Error(Fault::integrity, k_sending, "the text is not UTF-8");
  }
  if (turn_.is_taken()) {
    if (const auto waited = co_await wait_for_turn(deadline); !waited) co_return waited;
  }
  const WebSocketTurn::Holder turn(turn_);
  if (const auto may = may_send(); !may) co_return may;

  sender_.begin(kind, payload);
  std::string out;
  for (bool is_first = true; !sender_.done(); is_first = false) {
    out.clear();
    Notes notes = append_notes(out);
    Result<> done = ok();
    // After a close the rest of the message may not be sent any more.
    if (!close_sent_) done = sender_.next_frame(out, mask());
    if (done) done = co_await write(out, std::move(notes), deadline);
    if (done && close_sent_) done = Error(Fault::closed, k_sending, "it is closed");
    if (done) continue;
    sender_.abandon();
    cut_off_ = cut_off_ || (!is_first && !close_sent_);
    co_return done;
  }
  // The message is sent, whatever becomes of these: whoever comes next hears of it.
  [[maybe_unused]] const auto noted =
      co_await write_notes(deadline.or_earlier(connection_.patience()));
  co_return ok();
}

Task<Result<>> WebSocketOutput::send_frames(std::string_view made, Deadline deadline) {
  if (turn_.is_taken()) {
    if (const auto waited = co_await wait_for_turn(deadline); !waited) co_return waited;
  }
  const WebSocketTurn::Holder turn(turn_);
  if (const auto may = may_send(); !may) co_return may;
  // Seldom is there a note, and without one nothing is copied.
  if (notes_.any()) {
    const auto noted = co_await write_notes(deadline);
    if (!noted) co_return noted;
    if (close_sent_) co_return Error(Fault::closed, k_sending, "it is closed");
  }
  const auto written = co_await write(made, {}, deadline);
  if (!written) co_return written;
  [[maybe_unused]] const auto noted =
      co_await write_notes(deadline.or_earlier(connection_.patience()));
  co_return ok();
}

Task<Result<>> WebSocketOutput::ping(std::string_view payload, Deadline deadline) {
  if (payload.size() > k_websocket_control_max_bytes) {
    co_return Error(Fault::limit, k_sending, "a ping has at most 125 bytes");
  }
  if (turn_.is_taken()) {
    if (const auto waited = co_await wait_for_turn(deadline); !waited) co_return waited;
  }
  const WebSocketTurn::Holder turn(turn_);
  if (const auto may = may_send(); !may) co_return may;
  std::string out;
  sender_.control_frame(out, WebSocketOpcode::ping, payload, mask());
  const auto written = co_await write(out, {}, deadline);
  if (!written) co_return written;
  [[maybe_unused]] const auto noted =
      co_await write_notes(deadline.or_earlier(connection_.patience()));
  co_return ok();
}

Task<Result<>> WebSocketOutput::close(std::uint16_t code, std::string_view reason,
                                      Deadline deadline) {
  if (const auto waited = co_await wait_for_turn(deadline); !waited) co_return waited;
  const WebSocketTurn::Holder turn(turn_);
  // Who has lost the connection, or cannot say goodbye, does not wait for the peer's.
  const bool lost = cut_off_ || (connection_.over && !connection_.close_received);
  note_close(code, reason);
  const auto written = co_await write_notes(deadline);
  if (lost) co_return Error(Fault::closed, "close a WebSocket");
  co_return written;
}

}  // namespace patchbay
