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
bool has_body(const Http2ClientStream& stream) { return stream.unread() > 0 || stream.is_over(); }

}  // namespace

// --- the request ---------------------------------------------------------------------------------

Task<Result<HttpAnswerHead>> Http2ClientExchange::ask(const Http2ClientRequest& request,
                                                      Deadline deadline) {
  stream_.piece = request.text();
  stream_.last_piece = request.source() == nullptr;
  stream_.most_early =
      std::min(connection_->limits().early_bytes, connection_->limits().window_bytes);
  const auto submitted = connection_->submit(stream_, request.fields(), request.has_body());
  if (!submitted) co_return submitted.error();
  const auto done = request.source() == nullptr
                        ? co_await hear(request, deadline)
                        : co_await both(send_source(request, deadline), hear(request, deadline));
  keep_rest();
  if (source_failure_) co_return *source_failure_;
  const bool cut = request.source() != nullptr && !is_heard_out(stream_);
  if (!stream_.has_head || cut) co_return stream_.failure ? *stream_.failure : done.error();
  // RFC 9110 section 9.3.2: what its head tells is the length of the answer to a GET.
  if (request.asks_for_head()) stream_.head.body_bytes = 0;
  size_ = stream_.head.body_bytes;
  co_return std::move(stream_.head);
}

Task<Result<>> Http2ClientExchange::hear(const Http2ClientRequest& request, Deadline deadline) {
  auto heard = co_await connection_->wait_until(stream_, has_answer, deadline);
  if (heard && stream_.has_head && request.source() != nullptr) {
    heard = co_await connection_->wait_until(stream_, is_sent_or_full, deadline);
  }
  settled_.set();
  if (heard && !stream_.has_head) co_return *stream_.failure;
  if (heard && !is_sent(stream_) && stream_.unread() >= stream_.most_early) {
    co_return too_early().about(connection_->origin().origin());
  }
  co_return heard;
}

// Whoever sends the body stops when it is not wanted, but never in the middle of a frame.
Task<Result<>> Http2ClientExchange::send_source(const Http2ClientRequest& request,
                                                Deadline deadline) {
  const auto sent = co_await send_pieces(request, deadline);
  if (!stream_.last_piece) stream_.piece = {};  // its memory ends here
  if (source_failure_) co_return *source_failure_;
  co_return sent;
}

Task<Result<>> Http2ClientExchange::send_pieces(const Http2ClientRequest& request,
                                                Deadline deadline) {
  std::string piece(k_piece, '\0');
  const auto length = request.length();
  for (std::uint64_t total = 0;;) {
    std::size_t bytes = 0;
    const auto read = co_await either(read_source(*request.source(), piece, bytes, deadline),
                                      wait_until_settled());
    if (settled_.is_set()) co_return ok();
    if (!read) co_return read;
    total += bytes;
    if (length && (total > *length || (bytes == 0 && total != *length))) {
      co_return source_failure_.emplace(Fault::integrity, "send the body to",
                                        "it is not as long as it was to be",
                                        "check that nobody writes to it meanwhile");
    }
    offer(std::string_view(piece).substr(0, bytes), bytes == 0);
    const auto taken =
        co_await connection_->wait_until(stream_, bytes == 0 ? is_sent : wants_piece, deadline);
    if (!taken || bytes == 0 || wants_no_body(stream_)) co_return taken;
  }
}

Task<Result<>> Http2ClientExchange::read_source(HttpSource& source, std::string& piece,
                                                std::size_t& bytes, Deadline deadline) {
  source_read_ = true;
  const auto got = co_await source.read(std::as_writable_bytes(std::span(piece)), deadline);
  if (got) {
    bytes = *got;
    co_return ok();
  }
  if (got.error().fault() != Fault::cancelled) source_failure_ = got.error();
  co_return got.error();
}

Task<Result<>> Http2ClientExchange::wait_until_settled() { co_return co_await settled_.wait(); }

void Http2ClientExchange::offer(std::string_view piece, bool last) {
  stream_.piece = piece;
  stream_.last_piece = last;
  connection_->resume(stream_);
}

// A text is the caller's, who does not wait for its end.
void Http2ClientExchange::keep_rest() {
  if (stream_.piece.empty()) return;
  rest_ = stream_.piece;
  stream_.piece = rest_;
}

// --- its answer ----------------------------------------------------------------------------------

Task<Result<std::size_t>> Http2ClientExchange::read(std::span<std::byte> into, Deadline deadline) {
  if (into.empty()) co_return std::size_t{0};
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
