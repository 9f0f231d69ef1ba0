#include "patchbay/http/http2_client_exchange.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "patchbay/net/group.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_piece = 64 * 1024;

bool has_answer(const Http2ClientStream& stream) {
  return stream.has_head || stream.failure.has_value();
}
// An answer of 2xx speaks of the whole body. Any other says that the rest is not wanted.
bool wants_no_body(const Http2ClientStream& stream) {
  return stream.closed || stream.failure || (stream.has_head && stream.head.status / 100 != 2);
}
// The piece is on its way, or nobody wants it any more.
bool wants_piece(const Http2ClientStream& stream) {
  return stream.piece.empty() || wants_no_body(stream);
}
bool is_sent(const Http2ClientStream& stream) { return stream.sent_whole || wants_no_body(stream); }
// Or the server stands still until somebody reads what it says.
bool is_sent_or_full(const Http2ClientStream& stream) {
  return is_sent(stream) || stream.unread() >= stream.most_early;
}
// RFC 9113 section 8.1: a server that has answered may say that it needs no more of the body.
bool is_heard_out(const Http2ClientStream& stream) {
  const bool let_off = stream.ended && stream.closed;
  return stream.sent_whole || let_off || stream.head.status / 100 != 2;
}

Error too_early() {
  return Error(Fault::limit, "send the whole body to",
               "its answer is too long to be kept until it has heard all of the request");
}
Error not_heard_out() {
  return Error(Fault::closed, "send the whole body to",
               "it answered and ended the request before it had all of it",
               "try again; what arrived is only a part");
}
bool has_body(const Http2ClientStream& stream) { return stream.unread() > 0 || stream.is_over(); }

}  // namespace

// --- the request ---------------------------------------------------------------------------------

Task<Result<HttpAnswerHead>> Http2ClientExchange::ask(const Http2ClientRequest& request,
                                                      Deadline deadline) {
  source_ = request.source();
  length_ = request.length();
  stream_.piece = request.text();
  stream_.last_piece = source_ == nullptr;
  stream_.most_early =
      std::min(connection_->limits().early_bytes, connection_->limits().window_bytes);
  const auto submitted = connection_->submit(stream_, request.fields(), request.has_body());
  if (!submitted) co_return submitted.error();
  const auto done = source_ == nullptr ? co_await hear(deadline)
                                       : co_await both(send_source(deadline), hear(deadline));
  keep_rest();
  if (source_failure_) co_return *source_failure_;
  const bool cut = source_ != nullptr && !sends_beside_ && !is_heard_out(stream_);
  if (!stream_.has_head || cut) co_return stream_.failure ? *stream_.failure : done.error();
  // RFC 9110 section 9.3.2: what its head tells is the length of the answer to a GET.
  if (request.asks_for_head()) stream_.head.body_bytes = 0;
  size_ = stream_.head.body_bytes;
  co_return std::move(stream_.head);
}

// Whoever reads the answer drives the rest of the request as well. Where there is nothing to read
// nobody would.
bool Http2ClientExchange::may_send_on() const {
  return source_ != nullptr && source_->survives_cancel() && stream_.has_head &&
         stream_.head.status / 100 == 2 && stream_.head.body_bytes != 0 && !stream_.is_over();
}

Task<Result<>> Http2ClientExchange::hear(Deadline deadline) {
  auto heard = co_await connection_->wait_until(stream_, has_answer, deadline);
  sends_beside_ = heard && !is_sent(stream_) && may_send_on();
  // Cancels it: there is an answer already.
  if (sends_beside_) co_return Error(Fault::closed, "go on sending");
  if (heard && stream_.has_head && source_ != nullptr) {
    heard = co_await connection_->wait_until(stream_, is_sent_or_full, deadline);
  }
  settled_.set();
  if (heard && !stream_.has_head) co_return *stream_.failure;
  if (heard && !is_sent(stream_) && stream_.unread() >= stream_.most_early) {
    co_return too_early().about(connection_->origin().origin());
  }
  co_return heard;
}

Task<Result<>> Http2ClientExchange::send_source(Deadline deadline) {
  const auto sent = co_await send_on(deadline);
  if (settled_.is_set() && !stream_.last_piece) stream_.piece = {};  // nobody wants it
  if (source_failure_) co_return *source_failure_;
  co_return sent;
}

// Until the body is sent, or not wanted any more. It can be left at any point and gone on with.
Task<Result<>> Http2ClientExchange::send_on(Deadline deadline) {
  while (!is_sent(stream_)) {
    if (!offered_) {
      const auto read = co_await either(read_source(deadline), wait_until_settled());
      if (settled_.is_set()) co_return ok();
      if (!read) co_return read;
    }
    const auto taken = co_await connection_->wait_until(
        stream_, stream_.last_piece ? is_sent : wants_piece, deadline);
    if (!taken) co_return taken;
    offered_ = false;
  }
  co_return ok();
}

Task<Result<>> Http2ClientExchange::read_source(Deadline deadline) {
  source_read_ = true;
  piece_.resize(k_piece);
  const auto got = co_await source_->read(std::as_writable_bytes(std::span(piece_)), deadline);
  if (got) co_return offer(*got);
  if (got.error().fault() != Fault::cancelled) source_failure_ = got.error();
  co_return got.error();
}

Task<Result<>> Http2ClientExchange::wait_until_settled() { co_return co_await settled_.wait(); }

// So many bytes of the piece, or the end of the body.
Result<> Http2ClientExchange::offer(std::size_t bytes) {
  total_ += bytes;
  if (length_ && (total_ > *length_ || (bytes == 0 && total_ != *length_))) {
    return source_failure_.emplace(Fault::integrity, "send the body to",
                                   "it is not as long as it was to be",
                                   "check that nobody writes to it meanwhile");
  }
  stream_.piece = std::string_view(piece_).substr(0, bytes);
  stream_.last_piece = bytes == 0;
  offered_ = true;
  connection_->resume(stream_);
  return ok();
}

// A text is the caller's, who does not wait for its end.
void Http2ClientExchange::keep_rest() {
  if (source_ != nullptr || stream_.piece.empty()) return;
  rest_ = stream_.piece;
  stream_.piece = rest_;
}

// --- its answer ----------------------------------------------------------------------------------

Task<Result<std::size_t>> Http2ClientExchange::read(std::span<std::byte> into, Deadline deadline) {
  if (into.empty()) co_return std::size_t{0};
  if (!sends_beside_ || is_sent(stream_)) co_return co_await read_answer(into, deadline);
  Result<std::size_t> got = Error(Fault::cancelled, "read the answer of");
  // What it comes to is in `got`.
  [[maybe_unused]] const auto done = co_await either(read_into(into, deadline, got), send_beside());
  if (source_failure_) co_return *source_failure_;
  if (!got || *got > 0) co_return got;
  // The answer is whole, and the request may not be.
  const auto sent = co_await send_on(deadline);
  if (source_failure_) co_return *source_failure_;
  if (!sent) co_return sent.error();
  if (!is_heard_out(stream_)) co_return stream_.failure.value_or(not_heard_out());
  co_return got;
}

Task<Result<>> Http2ClientExchange::read_into(std::span<std::byte> into, Deadline deadline,
                                              Result<std::size_t>& got) {
  got = co_await read_answer(into, deadline);
  co_return ok();
}

// When it has nothing more to do it waits for the reader, who knows more.
Task<Result<>> Http2ClientExchange::send_beside() {
  [[maybe_unused]] const auto sent = co_await send_on({});
  if (source_failure_) co_return *source_failure_;
  co_return co_await never_.wait();
}

Task<Result<std::size_t>> Http2ClientExchange::read_answer(std::span<std::byte> into,
                                                           Deadline deadline) {
  const auto waited = co_await connection_->wait_until(stream_, has_body, deadline);
  if (!waited) co_return waited.error();
  if (stream_.unread() == 0) {
    if (stream_.failure) co_return *stream_.failure;
    co_return std::size_t{0};
  }
  const std::size_t bytes = take(into);
  connection_->consume(stream_, bytes);
  // That it could not be written shows when there is more to be read.
  [[maybe_unused]] const auto written = co_await connection_->catch_up(deadline);
  co_return bytes;
}

std::size_t Http2ClientExchange::take(std::span<std::byte> into) {
  const std::size_t bytes = std::min(into.size(), stream_.unread());
  std::memcpy(into.data(), stream_.waiting.data() + stream_.taken, bytes);
  stream_.taken += bytes;
  if (stream_.unread() == 0) {
    stream_.waiting.clear();
    stream_.taken = 0;
  }
  return bytes;
}

}  // namespace patchbay
