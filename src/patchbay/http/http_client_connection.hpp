// HttpClientConnection: one connection of a client over HTTP/1.1 (RFC 9112). One exchange follows
// the other; the body of an answer is read before the next one begins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "patchbay/http/http_answer_head.hpp"
#include "patchbay/http/http_client_limits.hpp"
#include "patchbay/http/http_dial.hpp"
#include "patchbay/http/http_response.hpp"
#include "patchbay/http/http_sending.hpp"
#include "patchbay/net/event.hpp"
#include "patchbay/wire/http1_body.hpp"
#include "patchbay/wire/http1_response.hpp"

namespace patchbay {

class HttpClientConnection {
 public:
  HttpClientConnection(HttpUrl origin, HttpDialed dialed, const HttpClientLimits& limits);
  // With a closure alert where it is TLS, but not in a tunnel: what was cut there must not look
  // whole.
  ~HttpClientConnection();
  HttpClientConnection(const HttpClientConnection&) = delete;
  HttpClientConnection& operator=(const HttpClientConnection&) = delete;

  // Sends the request and reads the head of its answer, both at once, since a server may answer
  // before it has heard all. An answer of 2xx speaks of the whole body, so that is sent to its end
  // while the answer is heard, or, where its source survives a cancel, while the body of the answer
  // is read; any other ends the sending (RFC 9112 section 9.5). Interim answers are passed over.
  // Faults: those of the stream; closed when the server ended without an answer or
  // before it had the body of which it said 2xx, protocol for what is no answer, limit for a head
  // that is too long and an answer that is too long to be kept until the body is sent; whatever the
  // source of the body says, which source_failure() then has too.
  Task<Result<HttpAnswerHead>> exchange(const HttpOutgoing& request, Deadline deadline = {});

  // As HttpSource::read(). Goes on with the request, if that is not all sent, and has sent it when
  // it comes to the end. `closed` when the server ended before its body was complete, or before it
  // had all of the request; what the source of the request says.
  Task<Result<std::size_t>> read_body(std::span<std::byte> into, Deadline deadline = {});

  // After a 101: the connection is the caller's, who begins with what take_rest() has.
  Stream& stream() { return dialed_.stream; }
  std::string take_rest();

  const HttpUrl& origin() const { return origin_; }
  const HttpDialed& dialed() const { return dialed_; }
  bool heard() const { return heard_; }           // anything of the last exchange's answer
  Instant heard_at() const { return heard_at_; }  // its first byte
  bool reusable() const;                          // the exchange is over, and another may follow
  // Of a reusable one, without waiting: nothing has come since. Bytes that nobody asked for must
  // not be taken for the next answer (RFC 9112 section 9.2), and after an end there is none.
  bool is_quiet();
  // Why the body of the last request could not be read.
  std::optional<Error> source_failure() const {
    return sending_ ? sending_->source_failure() : std::nullopt;
  }

 private:
  Task<Result<>> send_body(Deadline deadline);
  Task<Result<>> send_on(Deadline deadline);
  Task<Result<>> send_beside();
  bool may_send_on(const HttpOutgoing& request, int status) const;
  bool is_sending() const;
  Task<Result<>> hear(const HttpOutgoing& request, std::optional<HttpAnswerHead>& into,
                      Deadline deadline);
  Task<Result<>> hear_on(Deadline deadline);
  Task<Result<>> receive_ahead(Deadline deadline);
  Task<Result<>> wait_for_sent(Deadline deadline);
  Task<Result<HttpAnswerHead>> read_head(const HttpOutgoing& request, Deadline deadline);
  Task<Result<>> lose_patience(Duration patience);
  Task<Result<>> receive(Deadline deadline);
  Task<Result<>> read_into(std::span<std::byte> into, Deadline deadline, Result<std::size_t>& got);
  Task<Result<std::size_t>> read_answer(std::span<std::byte> into, Deadline deadline);
  Task<Result<std::size_t>> receive_body(std::span<std::byte> into, Deadline deadline);
  HttpAnswerHead take_head();
  std::string_view take_pending(std::size_t most);
  Error fail(const Error& error);
  Error broken_body() const;
  Error about(const Error& error) const;

  HttpUrl origin_;
  HttpDialed dialed_;
  HttpClientLimits limits_;
  std::string pending_;  // received, from pending_at_ on not used yet
  std::size_t pending_at_ = 0;
  Http1Response parsed_;
  Http1Body body_{HttpFraming{}};
  BodyKind kind_ = BodyKind::none;
  bool keep_alive_ = false;
  bool is_tunnel_ = false;
  std::optional<HttpSending> sending_;
  bool sent_whole_ = false;
  Event sending_ended_;  // whole or not
  Event never_;
  bool failed_ = false;
  bool heard_ = false;
  Instant heard_at_{};
  Instant moved_at_{};  // the last that was heard
};

}  // namespace patchbay
