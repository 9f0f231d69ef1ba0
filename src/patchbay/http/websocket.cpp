#include "patchbay/http/websocket.hpp"

#include <array>
#include <optional>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/net/event.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

constexpr const char* k_receiving = "receive from a WebSocket";
constexpr const char* k_sending = "send to a WebSocket";
// What a peer may still send after it has broken the rules, before it is cut off.
constexpr std::size_t k_drain_bytes = 1024 * 1024;

WebSocketMask random_mask() {
  const std::uint64_t bits = Loop::current().random_bits();
  WebSocketMask mask;
  for (std::size_t i = 0; i < mask.size(); ++i) mask[i] = static_cast<std::byte>(bits >> (8 * i));
  return mask;
}

// Is the connection over after such a fault, or may the operation be tried again?
bool is_lasting(const Error& error) {
  return error.fault() != Fault::timed_out && error.fault() != Fault::cancelled;
}

}  // namespace

// What is written goes through one place, which one task at a time has: its turn. Whoever receives
// never waits for a turn. It leaves what it has to say in `notes_`, and if another task has the
// turn, that one writes it before its next frame.
struct WebSocket::State {
  State(WebSocketRole role, Stream its_stream, std::string already_read,
        WebSocketAgreement agreement, const WebSocketOptions& its_options);

  Task<Result<WebSocketMessage>> receive(Deadline deadline);
  Task<Result<>> send(WebSocketOpcode kind, std::string_view payload, Deadline deadline);
  Task<Result<>> ping(std::string_view payload, Deadline deadline);
  Task<Result<>> close(std::uint16_t code, std::string reason, Deadline deadline);

  // --- receiving ---
  class Receiving;
  Task<Result<WebSocketEvent>> next_event(Deadline deadline);
  Task<Result<>> read_more(Deadline deadline);
  Task<Result<>> look_after_silence();
  Task<Error> end_by_peer(WebSocketEvent event);
  Task<Error> end_by_fault(Error fault);
  Task<> drain(Deadline deadline);
  Task<Result<>> discard_until_closed(Deadline deadline);
  Deadline silence_ends() const;

  // --- writing ---
  class Turn;
  // What the receiver has to say; and what of it stands in a buffer that is being written.
  struct Notes {
    std::optional<std::string> pong = {};  // to the latest ping: RFC 6455 section 5.5.3
    bool ping = false;
    bool close = false;
    bool any() const { return pong || ping || close; }
  };
  Task<Result<>> wait_for_turn(Deadline deadline);
  Result<> may_send() const;
  void want_close(std::uint16_t code, std::string_view reason);
  WebSocketMask mask() const {
    return role_ == WebSocketRole::client ? random_mask() : WebSocketMask{};
  }
  Notes append_notes(std::string& out);
  void put_back(Notes notes);
  Task<Result<>> write(std::string_view out, Notes notes, Deadline deadline);
  Task<Result<>> write_notes(Deadline deadline);
  Task<Result<>> write_notes_if_free();
  Deadline patience() const { return Deadline::after(options_.write_patience); }

  Stream stream_;
  const WebSocketRole role_;
  const WebSocketOptions options_;
  const WebSocketAgreement agreement_;

  WebSocketReceiver receiver_;
  std::string first_bytes_;  // what came with the handshake
  Lease lease_;
  std::span<const std::byte> unread_;  // of first_bytes_ or of lease_
  bool receiving_ = false;
  bool over_ = false;  // nothing more can be received
  Event receive_ended_{true};
  Instant last_heard_;
  std::optional<Instant> pinged_;  // since the peer was last heard

  WebSocketSender sender_;
  bool writing_ = false;
  bool cut_off_ = false;  // a message ended in the middle
  Event turn_ended_{true};
  Notes notes_;
  std::optional<std::string> close_;  // the payload of the close frame
  bool close_sent_ = false;

  bool close_received_ = false;
  std::uint16_t close_code_ = k_close_abnormal;
  std::string close_reason_;
};

class WebSocket::State::Receiving {
 public:
  explicit Receiving(State& state) : state_(state) {
    state_.receiving_ = true;
    state_.receive_ended_.reset();
  }
  ~Receiving() {
    state_.receiving_ = false;
    state_.receive_ended_.set();
  }
  Receiving(const Receiving&) = delete;
  Receiving& operator=(const Receiving&) = delete;

 private:
  State& state_;
};

class WebSocket::State::Turn {
 public:
  explicit Turn(State& state) : state_(state) {
    state_.writing_ = true;
    state_.turn_ended_.reset();
  }
  ~Turn() {
    state_.writing_ = false;
    state_.turn_ended_.set();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  State& state_;
};

WebSocket::State::State(WebSocketRole role, Stream its_stream, std::string already_read,
                        WebSocketAgreement agreement, const WebSocketOptions& its_options)
    : stream_(std::move(its_stream)),
      role_(role),
      options_(its_options),
      agreement_(std::move(agreement)),
      receiver_(role, agreement_.deflate, options_.message_max_bytes),
      first_bytes_(std::move(already_read)),
      unread_(std::as_bytes(std::span(first_bytes_))),
      last_heard_(Loop::current().now()),
      sender_(role, agreement_.deflate, options_.sending) {}

// --- receiving -----------------------------------------------------------------------------------

Task<Result<WebSocketMessage>> WebSocket::State::receive(Deadline deadline) {
  if (receiving_) co_return Error(Fault::limit, k_receiving, "another task does so already");
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
    if (over_) co_return Error(Fault::closed, k_receiving, "it is closed");
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
      co_return Error(Fault::closed, k_receiving, "the peer has ended it without a word");
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
    co_return Error(Fault::timed_out, k_receiving, "the peer does not answer a ping");
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
  co_return Error(Fault::closed, k_receiving, "the peer has closed it");
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

// --- writing -------------------------------------------------------------------------------------

Task<Result<>> WebSocket::State::wait_for_turn(Deadline deadline) {
  while (writing_) {
    const auto waited = co_await turn_ended_.wait(deadline);
    if (!waited) co_return waited;
  }
  co_return ok();
}

Result<> WebSocket::State::may_send() const {
  if (cut_off_) return Error(Fault::closed, k_sending, "an earlier message was cut off");
  if (close_ || over_) return Error(Fault::closed, k_sending, "it is closed");
  return ok();
}

void WebSocket::State::want_close(std::uint16_t code, std::string_view reason) {
  if (close_) return;
  close_ = write_websocket_close(code, reason);
  notes_.close = true;
}

WebSocket::State::Notes WebSocket::State::append_notes(std::string& out) {
  Notes notes = std::exchange(notes_, {});
  if (close_sent_) return {};  // nothing may follow it
  if (notes.pong) sender_.control_frame(out, WebSocketOpcode::pong, *notes.pong, mask());
  if (notes.ping) sender_.control_frame(out, WebSocketOpcode::ping, {}, mask());
  if (notes.close) sender_.control_frame(out, WebSocketOpcode::close, *close_, mask());
  close_sent_ = notes.close;
  return notes;
}

// They have not been written after all. What has been noted since is later.
void WebSocket::State::put_back(Notes notes) {
  if (!notes_.pong) notes_.pong = std::move(notes.pong);
  notes_.ping |= notes.ping;
  if (!notes.close) return;
  notes_.close = true;
  close_sent_ = false;
}

// For whoever has the turn. `notes` are in `out`.
Task<Result<>> WebSocket::State::write(std::string_view out, Notes notes, Deadline deadline) {
  auto writing = stream_.write_all(out, deadline);
  auto written = co_await writing;
  if (written) co_return written;
  if (writing.done == 0) {
    put_back(std::move(notes));
  } else {
    cut_off_ = true;
  }
  co_return written;
}

Task<Result<>> WebSocket::State::write_notes(Deadline deadline) {
  while (notes_.any() && !cut_off_) {
    std::string out;
    Notes notes = append_notes(out);
    if (out.empty()) break;
    const auto written = co_await write(out, std::move(notes), deadline);
    if (!written) co_return written;
  }
  co_return ok();
}

Task<Result<>> WebSocket::State::write_notes_if_free() {
  if (writing_ || !notes_.any()) co_return ok();
  const Turn turn(*this);
  const Deadline limit = patience();
  const auto written = co_await write_notes(limit);
  if (written) co_return ok();
  const bool does_not_read =
      written.error().fault() == Fault::timed_out && Loop::current().now() >= limit.at();
  over_ = over_ || does_not_read || is_lasting(written.error());
  if (!does_not_read) co_return written;
  co_return Error(Fault::timed_out, k_receiving, "the peer does not read");
}

Task<Result<>> WebSocket::State::send(WebSocketOpcode kind, std::string_view payload,
                                      Deadline deadline) {
  if (kind == WebSocketOpcode::text && !is_valid_utf8(payload)) {
    co_return Error(Fault::integrity, k_sending, "the text is not UTF-8");
  }
  if (writing_) {
    if (const auto waited = co_await wait_for_turn(deadline); !waited) co_return waited;
  }
  const Turn turn(*this);
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
  [[maybe_unused]] const auto noted = co_await write_notes(deadline.or_earlier(patience()));
  co_return ok();
}

Task<Result<>> WebSocket::State::ping(std::string_view payload, Deadline deadline) {
  if (payload.size() > k_websocket_control_max_bytes) {
    co_return Error(Fault::limit, k_sending, "a ping has at most 125 bytes");
  }
  if (writing_) {
    if (const auto waited = co_await wait_for_turn(deadline); !waited) co_return waited;
  }
  const Turn turn(*this);
  if (const auto may = may_send(); !may) co_return may;
  std::string out;
  sender_.control_frame(out, WebSocketOpcode::ping, payload, mask());
  const auto written = co_await write(out, {}, deadline);
  if (!written) co_return written;
  [[maybe_unused]] const auto noted = co_await write_notes(deadline.or_earlier(patience()));
  co_return ok();
}

// --- closing -------------------------------------------------------------------------------------

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

Task<Result<>> WebSocket::State::close(std::uint16_t code, std::string reason, Deadline deadline) {
  Result<> done = co_await wait_for_turn(deadline);
  if (done) {
    const Turn turn(*this);
    // Who has lost the connection, or cannot say goodbye, does not wait for the peer's.
    if (cut_off_ || (over_ && !close_received_)) done = Error(Fault::closed, "close a WebSocket");
    want_close(code, reason);
    const auto written = co_await write_notes(deadline);
    if (done) done = written;
  }
  if (done) done = co_await discard_until_closed(deadline);
  if (done && role_ == WebSocketRole::client) {
    // The server ends the connection first (section 7.1.1), so that it is not the one that has to
    // remember it.
    co_await drain(deadline.or_earlier(Deadline::after(options_.goodbye_timeout)));
  }
  over_ = true;
  stream_.close();
  co_return done;
}

// --- the handle ----------------------------------------------------------------------------------

WebSocket::WebSocket(std::unique_ptr<State> state) : state_(std::move(state)) {}
WebSocket::WebSocket(WebSocket&& other) noexcept = default;
WebSocket& WebSocket::operator=(WebSocket&& other) noexcept = default;
WebSocket::~WebSocket() = default;

WebSocket WebSocket::server(Stream stream, std::string already_read, WebSocketAgreement agreement,
                            const WebSocketOptions& options) {
  return WebSocket(std::make_unique<State>(WebSocketRole::server, std::move(stream),
                                           std::move(already_read), std::move(agreement), options));
}

WebSocket WebSocket::client(Stream stream, std::string already_read, WebSocketAgreement agreement,
                            const WebSocketOptions& options) {
  return WebSocket(std::make_unique<State>(WebSocketRole::client, std::move(stream),
                                           std::move(already_read), std::move(agreement), options));
}

Task<Result<WebSocketMessage>> WebSocket::receive(Deadline deadline) {
  return state_->receive(deadline);
}

Task<Result<>> WebSocket::send_text(std::string_view text, Deadline deadline) {
  return state_->send(WebSocketOpcode::text, text, deadline);
}

Task<Result<>> WebSocket::send_binary(std::span<const std::byte> bytes, Deadline deadline) {
  return state_->send(WebSocketOpcode::binary, as_text(bytes), deadline);
}

Task<Result<>> WebSocket::send(const WebSocketMessage& message, Deadline deadline) {
  return state_->send(message.is_text ? WebSocketOpcode::text : WebSocketOpcode::binary,
                      message.data, deadline);
}

Task<Result<>> WebSocket::ping(std::string_view payload, Deadline deadline) {
  return state_->ping(payload, deadline);
}

Task<Result<>> WebSocket::close(std::uint16_t code, std::string reason, Deadline deadline) {
  return state_->close(code, std::move(reason), deadline);
}

bool WebSocket::is_open() const { return !state_->over_; }
std::uint16_t WebSocket::close_code() const { return state_->close_code_; }
const std::string& WebSocket::close_reason() const { return state_->close_reason_; }
const std::string& WebSocket::protocol() const { return state_->agreement_.protocol; }
bool WebSocket::compresses() const { return state_->agreement_.deflate.has_value(); }
const Stream& WebSocket::stream() const { return state_->stream_; }

}  // namespace patchbay
