#include "patchbay/http/http1_exchange.hpp"

#include <utility>

#include "patchbay/http/http_reset.hpp"
#include "patchbay/http/next_room.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

constexpr std::string_view k_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
constexpr std::size_t k_piece_bytes = 32 * 1024;
constexpr Duration k_linger = 5s;

class NoBody final : public HttpSource {
 public:
  Task<Result<std::size_t>> read(std::span<std::byte>, Deadline) override {
    co_return std::size_t{0};
  }
  std::optional<std::uint64_t> size() const override { return 0; }
};

NoBody no_body;

std::unique_ptr<HttpResponse> keep(HttpResponse response) {
  return std::make_unique<HttpResponse>(std::move(response));
}

// A head that comes byte by byte must not be parsed at each of them: only a line that ends, or a
// limit that is passed, changes anything.
bool is_worth_parsing(std::string_view bytes, std::size_t before, const Http1Limits& limits) {
  if (bytes.find('\n', before) != std::string_view::npos) return true;
  if (bytes.size() >= limits.head_bytes) return true;
  return bytes.size() > limits.first_line_bytes && bytes.find('\n') == std::string_view::npos;
}

}  // namespace

Http1Exchange::Http1Exchange(HttpService& service, Stream& stream, const Endpoint& peer,
                             bool secure, Lease first, std::uint64_t& requests)
    : service_(service),
      stream_(stream),
      peer_(peer),
      secure_(secure),
      requests_(requests),
      input_(stream, std::move(first)),
      output_(stream, service.limits) {}

Task<Http1Exchange::End> Http1Exchange::run() {
  for (;;) {
    if (has_preface()) co_return End::http2;
    const HeadState state = may_become_preface()
                                ? HeadState::incomplete
                                : parse_request(input_.bytes(), service_.limits.head, head_);
    if (state == HeadState::refused) {
      co_await refuse(head_.refusal);
      co_return End::close;
    }
    if (state == HeadState::incomplete) {
      const Next next = co_await wait_for_rest();
      if (next == Next::more) continue;
      co_return next == Next::idle ? End::idle : End::close;
    }
    if (is_for_tls_only()) {
      co_await refuse({421, "it is asked for by https, and this is no such connection"});
      co_return End::close;
    }
    begin_request();
    if (answer_at_once()) continue;
    if (!co_await answer()) co_return End::close;
  }
}

// Only what a connection begins with is one.
bool Http1Exchange::has_preface() const {
  return requests_ == 0 && input_.bytes().starts_with(k_preface);
}

// Its first bytes alone, which are those of a request as well.
bool Http1Exchange::may_become_preface() const {
  const std::string_view bytes = input_.bytes();
  return requests_ == 0 && bytes.size() < k_preface.size() && k_preface.starts_with(bytes);
}

// RFC 9110 section 7.4.
bool Http1Exchange::is_for_tls_only() const {
  return head_.form == TargetForm::absolute && !secure_ &&
         equal_ignoring_case(head_.target.substr(0, 6), "https:");
}

void Http1Exchange::begin_request() {
  received_ = input_.bytes().substr(0, head_.bytes);
  input_.consume(head_.bytes);
  began_ = Loop::current().now();
  ++service_.counters.requests;
  ++requests_;
  fill_request();
  request_.client_ended = request_.leaves_with_end = false;
  asked_ = false;
}

void Http1Exchange::fill_request() {
  request_.method = head_.method;
  request_.target = head_.target;
  request_.path = head_.path;
  request_.query = head_.query;
  request_.host = head_.host;
  request_.version = 10 + head_.minor;
  request_.secure = secure_;
  request_.peer = peer_;
  std::swap(request_.fields, head_.fields);  // the parser clears what it gets back
  request_.body = &no_body;
  request_.body_bytes = 0;
  request_.parameters.clear();
}

// A file takes as long as its client likes: it must not hold the buffer of the request, of which
// nobody but the log wants to know any more.
void Http1Exchange::release_buffer(const HttpResponse& response) {
  const bool is_file = std::holds_alternative<HttpFilePart>(response.body) ||
                       std::holds_alternative<HttpParts>(response.body);
  if (!is_file || head_.framing.has_body()) return;
  std::string head(service_.log != nullptr ? received_ : std::string_view());
  kept_.swap(head);
  input_.compact();
  request_.fields = {};
  // By no limits: it was taken by those of its time, and there may be others by now.
  const std::size_t all = kept_.size();
  const Http1Limits limits{.head_bytes = all, .first_line_bytes = all, .fields = all};
  if (parse_request(kept_, limits, head_) == HeadState::complete) fill_request();
  head_.fields = {};
}

bool Http1Exchange::may_persist() const {
  return head_.keep_alive && !service_.stopping() && requests_ < service_.limits.requests;
}

// What most requests are: nothing to wait for, and the answer fits beside those before it.
bool Http1Exchange::answer_at_once() {
  if (head_.framing.has_body() || !may_persist()) return false;
  auto now = service_.handler.answer_now(request_);
  asked_ = true;
  if (!now) return false;
  settle_upgrade(*now, request_);
  Http1Reply reply = Http1Reply::plan(*now, head_.method, head_.minor, true);
  const std::uint64_t before = output_.sent();
  if (!take_answer(*now, reply)) {
    ready_ = keep(std::move(*now));
    return false;
  }
  tell_log(now->status, before, true);
  return true;
}

// The whole answer into the output, if it is in memory and fits.
bool Http1Exchange::take_answer(HttpResponse& response, Http1Reply& reply) {
  std::string_view body;
  if (const auto* text = std::get_if<std::string>(&response.body)) {
    body = *text;
  } else if (auto* made = std::get_if<std::shared_ptr<const HttpPrepared>>(&response.body)) {
    body = (*made)->body;
  } else if (!std::holds_alternative<std::monostate>(response.body)) {
    return false;
  }
  if (response.upgrade) return false;
  text_.clear();
  append_head(text_, response, reply, service_.date());
  head_bytes_ = text_.size();
  if (!reply.has_body) body = {};
  return output_.take(text_, body);
}

Task<bool> Http1Exchange::answer() {
  std::unique_ptr<Http1RequestBody> body;  // most requests have none, and frames are to be small
  if (head_.framing.has_body()) {
    input_.pin();
    body = std::make_unique<Http1RequestBody>(input_, output_, service_.limits, head_);
    request_.body = body.get();
    request_.body_bytes = body->size();
  }
  if (!asked_) {
    if (auto now = service_.handler.answer_now(request_)) ready_ = keep(std::move(*now));
  }
  if (!ready_ && !co_await ask_handler()) co_return false;
  const auto response = std::exchange(ready_, nullptr);
  const bool persists = co_await answer_with(*response, body.get());
  if (body) input_.unpin();
  co_return persists;
}

// False: there is nobody to answer any more.
Task<bool> Http1Exchange::ask_handler() {
  // Whoever has to be waited for must not hold back the answers before.
  if (const auto flushed = co_await output_.flush(); !flushed) co_return false;
  ready_ = keep(co_await watch_.during(service_.handler.answer(request_)));
  if (!watch_.left()) co_return true;
  ready_ = nullptr;
  tell_log(k_client_left, output_.sent(), false);
  co_return false;
}

// In front of a 101: the leave to send that the client waits for (RFC 9110 section 7.8), and the
// body to its end, since what is behind it belongs to the new protocol.
Task<bool> Http1Exchange::clear_the_way(Http1RequestBody* body) {
  if (body != nullptr) co_return co_await body->give_leave() && co_await body->drain();
  // Without a body nobody has to wait for it, and whoever asks is to have it all the same.
  if (!list_has(request_.fields.all("expect"), "100-continue")) co_return true;
  co_return (co_await output_.write(k_continue)).has_value();
}

Task<bool> Http1Exchange::answer_with(HttpResponse& response, Http1RequestBody* body) {
  settle_upgrade(response, request_);
  if (response.upgrade && !co_await clear_the_way(body)) refuse_upgrade(response);
  // An answer that is made while it is sent may be made of the body.
  const bool made = std::holds_alternative<std::shared_ptr<HttpSource>>(response.body);
  if (made && body != nullptr && !co_await body->give_leave()) co_return false;
  const bool whole = made || body == nullptr || body->ended() || co_await body->drain();
  const Http1Reply reply =
      Http1Reply::plan(response, head_.method, head_.minor, may_persist() && whole);
  release_buffer(response);
  const std::uint64_t before = output_.sent();
  const auto sent = co_await send(response, reply);
  tell_log(response.status, before, sent.has_value());
  // Where the end of the connection is the end of the body, a part of it must not look whole. And
  // what a slow client has not taken the kernel would keep for as long as the client likes.
  const bool ends_body = reply.has_body && !reply.chunked && !reply.length;
  if (!sent && (ends_body || sent.error().fault() == Fault::timed_out)) {
    reset_when_closed(stream_);
    stream_.close();  // without the goodbye of TLS, which says that it is whole
  }
  if (!sent) co_return false;
  const bool read = body == nullptr || body->ended() || (made && co_await body->drain());
  if (reply.persists && !response.upgrade && read) co_return true;
  if (const auto flushed = co_await output_.flush(); !flushed) co_return false;
  if (response.upgrade) {
    co_await response.upgrade->run(stream_, std::string(input_.bytes()));
  } else {
    co_await linger(UINT64_MAX);
  }
  co_return false;
}

Task<Result<>> Http1Exchange::send(HttpResponse& response, const Http1Reply& reply) {
  text_.clear();
  append_head(text_, response, reply, service_.date());
  head_bytes_ = text_.size();
  response.fields = HttpFieldList();  // they are written: a body may be long on its way
  const auto sent = co_await output_.write(text_);
  std::string().swap(text_);  // an assignment would keep its memory
  if (!sent || !reply.has_body) co_return sent;
  co_return co_await send_body(response, reply.chunked);
}

// No coroutine itself: the frame of one that could await all of these would be the largest of all.
Task<Result<>> Http1Exchange::send_body(HttpResponse& response, bool chunked) {
  if (const auto* text = std::get_if<std::string>(&response.body)) return output_.write(*text);
  if (const auto* part = std::get_if<HttpFilePart>(&response.body)) {
    return output_.write_file(*part);
  }
  if (auto* made = std::get_if<std::shared_ptr<const HttpPrepared>>(&response.body)) {
    return output_.write((*made)->body);
  }
  if (auto* source = std::get_if<std::shared_ptr<HttpSource>>(&response.body)) {
    return send_source(**source, chunked);
  }
  if (auto* parts = std::get_if<HttpParts>(&response.body)) return send_parts(*parts);
  return output_.write({});
}

Task<Result<>> Http1Exchange::send_parts(HttpParts& parts) {
  for (const auto& part : parts) {
    const auto* text = std::get_if<std::string>(&part);
    auto sending =
        text != nullptr ? output_.write(*text) : output_.write_file(std::get<HttpFilePart>(part));
    if (const auto sent = co_await sending; !sent) co_return sent;
  }
  co_return ok();
}

// Each piece leaves as soon as it is there: what is made slowly is also seen slowly.
Task<Result<>> Http1Exchange::send_source(HttpSource& source, bool chunked) {
  // The answers before it and its own head do not wait for what may come slowly, or not at all.
  if (const auto sent = co_await output_.flush(true); !sent) co_return sent;
  std::string piece;
  std::uint64_t left = source.size().value_or(0);
  const bool counted = source.size().has_value();
  std::size_t room = 0;
  for (std::size_t last = 0;;) {
    // One byte beyond the size shows that there is more.
    room = counted ? std::min<std::uint64_t>(left + 1, k_piece_bytes)
                   : next_room(room, last, k_piece_bytes);
    if (piece.capacity() > 4 * room) std::string().swap(piece);
    piece.reserve(room + 2);
    piece.resize(room);
    const auto got = co_await watch_.during(source.read(std::as_writable_bytes(std::span(piece))));
    if (watch_.left()) co_return Error(Fault::closed, "send the body", "the client has left");
    if (!got) co_return got.error();
    last = *got;
    piece.resize(last);
    if (last == 0) break;
    if (counted && *got > left)
      co_return Error(Fault::integrity, "send the body", "it is too long");
    left -= counted ? *got : 0;
    if (chunked) {
      piece += "\r\n";
      if (const auto sent = co_await output_.write(chunk_head(*got)); !sent) co_return sent;
    }
    if (const auto sent = co_await output_.write(piece); !sent) co_return sent;
    if (const auto sent = co_await output_.flush(); !sent) co_return sent;
  }
  if (left > 0) co_return Error(Fault::integrity, "send the body", "it is shorter than was said");
  if (chunked) co_return co_await output_.write(k_last_chunk);
  co_return ok();
}

// The head is not all there. The answers before it leave first; then its time runs.
Task<Http1Exchange::Next> Http1Exchange::wait_for_rest() {
  if (const auto flushed = co_await output_.flush(); !flushed) co_return Next::close;
  if (input_.bytes().empty()) co_return service_.stopping() ? Next::close : Next::idle;
  input_.compact();
  head_.fields = {};  // what was read so far is read again
  const Deadline due = Deadline::after(service_.limits.head_time);
  for (;;) {
    const std::size_t before = input_.bytes().size();
    const bool looked_like_preface = may_become_preface();
    const auto more = co_await input_.more(due);
    if (!more && more.error().fault() == Fault::timed_out) {
      co_await refuse({408, "its head took too long"});
    }
    if (!more || !*more) co_return Next::close;
    if (may_become_preface()) continue;
    // While it looked like one it was not parsed, whatever lines it had.
    if (!looked_like_preface && !is_worth_parsing(input_.bytes(), before, service_.limits.head)) {
      continue;
    }
    if (parse_request(input_.bytes(), service_.limits.head, head_) != HeadState::incomplete) {
      co_return Next::more;
    }
  }
}

Task<> Http1Exchange::refuse(HttpRefusal refusal) {
  ++service_.counters.refused;
  HttpResponse response = HttpResponse::error(refusal.status, refusal.reason);
  const Http1Reply reply = Http1Reply::plan(response, "GET", 1, false);
  const std::uint64_t before = output_.sent();
  const auto sent = co_await send(response, reply);
  if (service_.log != nullptr) {
    service_.log->answered(nullptr, peer_,
                           {.status = refusal.status,
                            .body_bytes = output_.sent() - before - head_bytes_,
                            .complete = sent.has_value()});
  }
  if (!sent) co_return;
  if (const auto flushed = co_await output_.flush(); !flushed) co_return;
  co_await linger(service_.limits.drained_bytes);
}

// Closing with bytes unread would reset the connection, and take the answer from a client that is
// still sending (RFC 9112 section 9.6). Many send all of a body before they read, so only time
// limits that; of what is no request little is heard.
Task<> Http1Exchange::linger(std::uint64_t most_bytes) {
  const Deadline due = Deadline::after(k_linger);
  if (const auto ended = co_await stream_.shutdown_write(due); !ended) co_return;
  for (std::uint64_t seen = 0; seen < most_bytes;) {
    const auto data = co_await stream_.receive(due);
    if (!data || data->empty()) co_return;
    seen += data->size();
  }
}

void Http1Exchange::tell_log(int status, std::uint64_t sent_before, bool complete) {
  const std::uint64_t sent = output_.sent() - sent_before;
  const std::uint64_t body = sent > head_bytes_ ? sent - head_bytes_ : 0;
  service_.counters.body_bytes += body;
  if (service_.log == nullptr) return;
  service_.log->answered(&request_, peer_,
                         {.status = status,
                          .body_bytes = body,
                          .took = Loop::current().now() - began_,
                          .complete = complete});
}

}  // namespace patchbay
