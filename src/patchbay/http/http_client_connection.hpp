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
#include "patchbay/http/http_source.hpp"
#include "patchbay/net/event.hpp"
#include "patchbay/wire/http1_body.hpp"
#include "patchbay/wire/http1_response.hpp"

namespace patchbay {

// A request as it travels.
struct HttpOutgoing {
  std::string method;
  std::string head;                       // all of it, with the empty line
  std::string_view text = {};             // the body, or
  HttpSource* source = nullptr;           // whatever brings it
  std::optional<std::uint64_t> length{};  // of the source; without one it travels in chunks
  bool may_switch = false;                // asks for another protocol: a 101 is an answer then
  Duration patience{};  // without progress in either direction until the answer; 0: no limit
};

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
  // while the answer is heard; any other ends the sending (RFC 9112 section 9.5). Interim answers
  // are passed over. Faults: those of the stream; closed when the server ended without an answer or
  // before it had the body of which it said 2xx, protocol for what is no answer, limit for a head
  // that is too long and an answer that is too long to be kept until the body is sent; whatever the
  // source of the body says, which source_failure() then has too.
  Task<Result<HttpAnswerHead>> exchange(const HttpOutgoing& request, Deadline deadline = {});

  // As HttpSource::read(). `closed` when the server ended before its body was complete.
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
  const std::optional<Error>& source_failure() const { return source_failure_; }

 private:
  Task<Result<>> send_body(const HttpOutgoing& request, Deadline deadline);
  Task<Result<>> send_source(HttpSource& source, std::optional<std::uint64_t> length,
                             Deadline deadline);
  Task<Result<>> hear(const HttpOutgoing& request, std::optional<HttpAnswerHead>& into,
                      Deadline deadline);
  Task<Result<>> hear_on(Deadline deadline);
  Task<Result<>> receive_ahead(Deadline deadline);
  Task<Result<>> wait_for_sent(Deadline deadline);
  Task<Result<HttpAnswerHead>> read_head(const HttpOutgoing& request, Deadline deadline);
  Task<Result<>> lose_patience(Duration patience);
  Task<Result<>> receive(Deadline deadline);
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
  bool sent_whole_ = false;
  Event sending_ended_;  // whole or not
  bool failed_ = false;
  bool heard_ = false;
  Instant heard_at_{};
  Instant moved_at_{};  // the last progress, in either direction
  std::optional<Error> source_failure_;
};

}  // namespace patchbay
