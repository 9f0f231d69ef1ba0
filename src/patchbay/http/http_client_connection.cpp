#include "patchbay/http/http_client_connection.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/http/http_goodbye.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_small_body = 16 * 1024;  // goes out together with the head
constexpr std::size_t k_piece = 64 * 1024;

Error no_answer() {
  return Error(Fault::closed, "get an answer from", "it ended the connection without one",
               "check that it speaks HTTP on this port, and not TLS");
}

Error not_heard_out() {
  return Error(Fault::closed, "send the whole body to",
               "it answered and ended the connection before it had all of it",
               "try again; what arrived is only a part");
}

Error too_early() {
  return Error(Fault::limit, "send the whole body to",
               "its answer is too long to be kept until it has heard all of the request");
}

// What it says is of the whole body. Any other answer says that the rest is not wanted.
bool wants_whole_body(int status) { return status / 100 == 2; }

Error cut_short() {
  return Error(Fault::closed, "read the whole answer of",
               "it ended the connection before the body was complete",
               "try again; what came is only a part");
}

}  // namespace

HttpClientConnection::HttpClientConnection(HttpUrl origin, HttpDialed dialed,
                                           const HttpClientLimits& limits)
    : origin_(std::move(origin)), dialed_(std::move(dialed)), limits_(limits) {}

HttpClientConnection::~HttpClientConnection() {
  if (dialed_.tls && dialed_.stream.is_open() && !is_tunnel_) say_goodbye(dialed_.stream);
}

Error HttpClientConnection::about(const Error& error) const {
  return error.subject().empty() ? error.about(origin_.origin()) : error;
}

bool HttpClientConnection::reusable() const {
  return keep_alive_ && sent_whole_ && !failed_ && body_.ended() && pending_at_ == pending_.size();
}

bool HttpClientConnection::is_quiet() {
  if (!dialed_.stream.is_open()) return false;
  std::byte unasked[1];
  Op read(OpKind::read, &dialed_.stream.port(), dialed_.stream.handle(), {}, unasked);
  return !dialed_.stream.port().attempt(read);
}

// --- the request ---------------------------------------------------------------------------------

Task<Result<HttpAnswerHead>> HttpClientConnection::exchange(const HttpOutgoing& request,
                                                            Deadline deadline) {
  heard_ = sent_whole_ = keep_alive_ = failed_ = false;
  source_failure_.reset();
  sending_ended_.reset();
  moved_at_ = Loop::current().now();
  const bool is_patient = request.patience <= Duration::zero();
  if (request.source == nullptr && request.text.size() <= k_small_body) {
    if (!is_patient) deadline = deadline.or_earlier(Deadline::after(request.patience));
    const std::string message = request.head + std::string(request.text);
    const auto sent = co_await dialed_.stream.write_all(message, deadline);
    sent_whole_ = sent.has_value();
    // Who ends early may have said why.
    if (!sent && sent.error().fault() != Fault::closed) co_return about(sent.error());
    co_return co_await read_head(request, deadline);
  }
  std::optional<HttpAnswerHead> head;
  auto work = both(send_body(request, deadline), hear(request, head, deadline));
  const auto done = is_patient ? co_await std::move(work)
                               : co_await either(std::move(work), lose_patience(request.patience));
  if (head && (sent_whole_ || !wants_whole_body(head->status))) co_return std::move(*head);
  if (!done) co_return fail(done.error());
  co_return fail(head ? not_heard_out() : no_answer());
}

// A long body may take its time as long as it moves.
Task<Result<>> HttpClientConnection::lose_patience(Duration patience) {
  for (;;) {
    const Instant due = moved_at_ + patience;
    if (Loop::current().now() >= due) co_return Error(Fault::timed_out, "get an answer from");
    if (const auto slept = co_await sleep_until(Deadline(due)); !slept) co_return slept;
  }
}

Task<Result<>> HttpClientConnection::hear(const HttpOutgoing& request,
                                          std::optional<HttpAnswerHead>& into, Deadline deadline) {
  auto head = co_await read_head(request, deadline);
  if (!head) co_return head.error();
  into = std::move(*head);
  // The last bytes may have left without the sender knowing it yet.
  if (!sent_whole_) {
    [[maybe_unused]] const auto turn = co_await yield();
  }
  if (sent_whole_) co_return ok();
  if (wants_whole_body(into->status)) co_return co_await hear_on(deadline);
  co_return Error(Fault::closed, "go on sending");  // cancels it: there is an answer already
}

// A server that answers while it listens may stop listening when nobody takes its answer.
Task<Result<>> HttpClientConnection::hear_on(Deadline deadline) {
  co_return co_await either(receive_ahead(deadline), wait_for_sent(deadline));
}

Task<Result<>> HttpClientConnection::receive_ahead(Deadline deadline) {
  while (pending_.size() - pending_at_ <= limits_.early_bytes) {
    const auto came = co_await receive(deadline);
    if (came) continue;
    if (came.error().fault() != Fault::closed) co_return came;
    // Who ends its own side may listen still: whoever sends learns whether it does.
    co_return co_await sending_ended_.wait(deadline);
  }
  co_return too_early();
}

Task<Result<>> HttpClientConnection::wait_for_sent(Deadline deadline) {
  co_return co_await sending_ended_.wait(deadline);
}

Task<Result<>> HttpClientConnection::send_body(const HttpOutgoing& request, Deadline deadline) {
  auto sent = co_await dialed_.stream.write_all(request.head, deadline);
  if (sent && request.source != nullptr) {
    sent = co_await send_source(*request.source, request.length, deadline);
  } else if (sent) {
    sent = co_await dialed_.stream.write_all(request.text, deadline);
  }
  sent_whole_ = sent.has_value();
  sending_ended_.set();
  if (source_failure_) co_return *source_failure_;
  // Whoever reads the answer meets the end of the connection as well, and knows more.
  if (!sent && sent.error().fault() == Fault::closed) co_return ok();
  co_return sent;
}

Task<Result<>> HttpClientConnection::send_source(HttpSource& source,
                                                 std::optional<std::uint64_t> length,
                                                 Deadline deadline) {
  std::string piece(k_piece, '\0');
  std::uint64_t total = 0;
  for (;;) {
    const auto got = co_await source.read(std::as_writable_bytes(std::span(piece)), deadline);
    if (!got) {
      if (got.error().fault() != Fault::cancelled) source_failure_ = got.error();
      co_return got.error();
    }
    if (*got == 0) break;
    moved_at_ = Loop::current().now();
    total += *got;
    if (length && total > *length) break;
    const std::string_view bytes = std::string_view(piece).substr(0, *got);
    const std::string framed =
        length ? std::string() : chunk_head(*got) + std::string(bytes) + "\r\n";
    const auto sent = co_await dialed_.stream.write_all(length ? bytes : framed, deadline);
    if (!sent) co_return sent;
    moved_at_ = Loop::current().now();
  }
  if (length && total != *length) {
    co_return source_failure_.emplace(Fault::integrity, "send the body to",
                                      "it is not as long as it was to be",
                                      "check that nobody writes to it meanwhile");
  }
  if (length) co_return ok();
  co_return co_await dialed_.stream.write_all(k_last_chunk, deadline);
}

// --- the head of the answer ----------------------------------------------------------------------

// Adds what comes next to pending_.
Task<Result<>> HttpClientConnection::receive(Deadline deadline) {
  const auto piece = co_await dialed_.stream.receive(deadline);
  if (!piece) co_return about(piece.error());
  if (piece->empty()) co_return about(no_answer());
  if (!heard_) heard_at_ = Loop::current().now();
  heard_ = true;
  moved_at_ = Loop::current().now();
  pending_ += piece->text();
  co_return ok();
}

Task<Result<HttpAnswerHead>> HttpClientConnection::read_head(const HttpOutgoing& request,
                                                             Deadline deadline) {
  pending_.erase(0, std::exchange(pending_at_, 0));
  for (int interim = 0;;) {
    const HeadState state = pending_.empty()
                                ? HeadState::incomplete
                                : parse_response(pending_, request.method, limits_.head, parsed_);
    if (state == HeadState::refused) {
      const Fault fault = parsed_.refusal.status == 431 ? Fault::limit : Fault::protocol;
      co_return about(Error(fault, "understand the answer of", parsed_.refusal.reason));
    }
    if (state == HeadState::complete) {
      const bool switches = parsed_.status == 101 && request.may_switch;
      if (parsed_.status >= 200 || switches) co_return take_head();
      if (parsed_.status == 101 || ++interim > limits_.interim_answers) {
        co_return about(Error(Fault::protocol, "understand the answer of",
                              parsed_.status == 101 ? "it changes to a protocol nobody asked for"
                                                    : "it is one interim answer after the other"));
      }
      pending_.erase(0, parsed_.bytes);
      continue;
    }
    if (const auto came = co_await receive(deadline); !came) co_return came.error();
  }
}

HttpAnswerHead HttpClientConnection::take_head() {
  HttpAnswerHead head{.status = parsed_.status, .major = 1, .minor = parsed_.minor};
  head.reason = parsed_.reason;
  for (const HttpField& field : parsed_.fields) {
    head.fields.emplace_back(std::string(field.name), std::string(field.value));
  }
  kind_ = parsed_.framing.kind;
  if (kind_ == BodyKind::length) head.body_bytes = parsed_.framing.content_length;
  if (kind_ == BodyKind::none) head.body_bytes = 0;
  is_tunnel_ = parsed_.status == 101;
  keep_alive_ = parsed_.keep_alive && !is_tunnel_;
  body_ = Http1Body(parsed_.framing, limits_.chunks);
  pending_at_ = parsed_.bytes;
  return head;
}

std::string HttpClientConnection::take_rest() {
  std::string rest = std::move(pending_).substr(std::exchange(pending_at_, 0));
  pending_.clear();
  return rest;
}

// --- its body ------------------------------------------------------------------------------------

// Content out of what has been received already.
std::string_view HttpClientConnection::take_pending(std::size_t most) {
  while (pending_at_ < pending_.size() && !body_.ended() && !body_.broken()) {
    std::string_view bytes = std::string_view(pending_).substr(pending_at_, most);
    const std::size_t offered = bytes.size();
    const std::string_view piece = body_.take(bytes);
    pending_at_ += offered - bytes.size();
    if (!piece.empty()) return piece;
  }
  return {};
}

// What comes next: of chunks into pending_, of anything else straight into the caller's memory. 0:
// the peer has ended.
Task<Result<std::size_t>> HttpClientConnection::receive_body(std::span<std::byte> into,
                                                             Deadline deadline) {
  if (kind_ == BodyKind::chunked) {
    const auto lease = co_await dialed_.stream.receive(deadline);
    if (!lease) co_return lease.error();
    pending_ = lease->text();
    co_return lease->size();
  }
  const std::uint64_t wanted = kind_ == BodyKind::length ? body_.left() : into.size();
  co_return co_await dialed_.stream.read(
      into.first(static_cast<std::size_t>(std::min<std::uint64_t>(wanted, into.size()))), deadline);
}

Task<Result<std::size_t>> HttpClientConnection::read_body(std::span<std::byte> into,
                                                          Deadline deadline) {
  for (;;) {
    const std::string_view piece = take_pending(into.size());
    if (!piece.empty()) {
      std::memcpy(into.data(), piece.data(), piece.size());
      co_return piece.size();
    }
    if (body_.ended()) co_return std::size_t{0};
    if (body_.broken()) co_return fail(broken_body());
    pending_.clear();
    pending_at_ = 0;
    const auto got = co_await receive_body(into, deadline);
    if (!got) co_return fail(got.error());
    if (*got == 0) {
      body_.peer_ended();
    } else if (kind_ != BodyKind::chunked) {
      std::string_view bytes = as_text(into.first(*got));
      [[maybe_unused]] const std::string_view content = body_.take(bytes);
      co_return *got;
    }
    if (*got == 0 && body_.broken()) co_return fail(cut_short());
  }
}

Error HttpClientConnection::fail(const Error& error) {
  failed_ = true;
  return about(error);
}

Error HttpClientConnection::broken_body() const {
  return Error(Fault::protocol, "understand the body of the answer of", body_.refusal().reason);
}

}  // namespace patchbay
