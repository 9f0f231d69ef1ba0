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
  sending_.reset();
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
  sending_.emplace(dialed_.stream, request);
  std::optional<HttpAnswerHead> head;
  auto work = both(send_body(deadline), hear(request, head, deadline));
  const auto done = is_patient ? co_await std::move(work)
                               : co_await either(std::move(work), lose_patience(request.patience));
  const bool is_answered = head && (sent_whole_ || !wants_whole_body(head->status) ||
                                    (is_sending() && may_send_on(request, head->status)));
  if (is_answered) {
    if (!wants_whole_body(head->status)) sending_.reset();  // the rest is not wanted
    co_return std::move(*head);
  }
  const bool has_ended = done || (head && done.error().fault() == Fault::closed);
  if (!has_ended) co_return fail(done.error());
  co_return fail(head ? not_heard_out() : no_answer());
}

// A long body may take its time as long as it moves.
Task<Result<>> HttpClientConnection::lose_patience(Duration patience) {
  for (;;) {
    const Instant due = std::max(moved_at_, sending_->moved_at()) + patience;
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
  const bool goes_on = wants_whole_body(into->status) && !may_send_on(request, into->status);
  if (goes_on) co_return co_await hear_on(deadline);
  co_return Error(Fault::closed, "go on sending");  // cancels it: there is an answer already
}

// Whoever reads the answer drives the rest of the request as well: then nothing of the answer need
// be kept until that is sent. Where there is nothing to read nobody would.
bool HttpClientConnection::may_send_on(const HttpOutgoing& request, int status) const {
  return wants_whole_body(status) && request.source != nullptr &&
         request.source->survives_cancel() && !body_.ended();
}

bool HttpClientConnection::is_sending() const {
  return sending_ && !sending_->is_whole() && !sending_->has_failed();
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

Task<Result<>> HttpClientConnection::send_body(Deadline deadline) {
  const auto sent = co_await send_on(deadline);
  sending_ended_.set();
  if (source_failure()) co_return *source_failure();
  // Whoever reads the answer meets the end of the connection as well, and knows more.
  if (!sent && sent.error().fault() == Fault::closed) co_return ok();
  co_return sent;
}

Task<Result<>> HttpClientConnection::send_on(Deadline deadline) {
  const auto sent = co_await sending_->go_on(deadline);
  sent_whole_ = sending_->is_whole();
  co_return sent;
}

// --- the head of the answer ----------------------------------------------------------------------

// Adds what comes next to pending_.
Task<Result<>> HttpClientConnection::receive(Deadline deadline) {
  const auto piece = co_await dialed_.stream.receive(deadline);
  if (!piece) co_return about(piece.error());
  if (piece->empty()) co_return about(no_answer());
  moved_at_ = Loop::current().now();
  if (!heard_) heard_at_ = moved_at_;
  heard_ = true;
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
  if (!is_sending()) co_return co_await read_answer(into, deadline);
  Result<std::size_t> got = Error(Fault::cancelled, "read the answer of");
  // What it comes to is in `got`.
  [[maybe_unused]] const auto done = co_await either(read_into(into, deadline, got), send_beside());
  if (source_failure()) co_return fail(*source_failure());
  if (!got || *got > 0) co_return got;
  // The answer is whole, and the request is not.
  if (is_sending()) {
    [[maybe_unused]] const auto sent = co_await send_on(deadline);
  }
  if (!sent_whole_) co_return fail(source_failure().value_or(not_heard_out()));
  co_return got;
}

Task<Result<>> HttpClientConnection::read_into(std::span<std::byte> into, Deadline deadline,
                                               Result<std::size_t>& got) {
  got = co_await read_answer(into, deadline);
  co_return ok();
}

// When it has nothing more to do it waits for the reader: the answer tells whether a server that
// has ended its side has heard enough.
Task<Result<>> HttpClientConnection::send_beside() {
  [[maybe_unused]] const auto sent = co_await send_on({});
  if (source_failure()) co_return *source_failure();
  co_return co_await never_.wait();
}

Task<Result<std::size_t>> HttpClientConnection::read_answer(std::span<std::byte> into,
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
