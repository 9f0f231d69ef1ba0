// Http2ClientConnection: one connection of a client over HTTP/2 (RFC 9113), the frames by nghttp2.
// Many requests share it, each from a task of its own.
//
// Whoever waits for its answer reads for all and writes for all meanwhile: one of them reads, one
// of them writes, the others wait to be woken. Who leaves hands its part over. While nobody waits,
// only a task in watch() reads; without one, what the server says to an idle connection is heard
// when the next request goes over it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/http/http2_budget.hpp"
#include "patchbay/http/http2_client_stream.hpp"
#include "patchbay/http/http2_library.hpp"
#include "patchbay/http/http_client_limits.hpp"
#include "patchbay/http/http_dial.hpp"
#include "patchbay/net/event.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

class Http2ClientConnection {
 public:
  using Condition = bool (*)(const Http2ClientStream& stream);

  // Nothing is sent yet. `limit` when memory has run out.
  static Result<std::shared_ptr<Http2ClientConnection>> make(HttpUrl origin, HttpDialed dialed,
                                                             const HttpClientLimits& limits);
  ~Http2ClientConnection() { close(); }
  Http2ClientConnection(const Http2ClientConnection&) = delete;
  Http2ClientConnection& operator=(const Http2ClientConnection&) = delete;

  const HttpUrl& origin() const { return origin_; }
  const HttpDialed& dialed() const { return dialed_; }
  const HttpClientLimits& limits() const { return limits_; }
  bool takes_requests() const;  // one more now
  bool is_spent() const { return failure_ || going_away_; }
  bool is_fresh() const { return requests_ == 0; }
  std::size_t open() const { return streams_.size(); }
  Instant idle_since() const { return idle_since_; }

  // Begins a request. `stream` stays where it is until it is taken off with leave(). `protocol` for
  // one that cannot be sent.
  Result<> submit(Http2ClientStream& stream, std::span<const nghttp2_nv> fields, bool has_body);
  // There is a new piece of its body, or the last one was the last.
  void resume(Http2ClientStream& stream);
  // Until `done` holds, which it must where the stream has a failure. Faults: timed_out and
  // cancelled; all others are the stream's failure.
  Task<Result<>> wait_until(Http2ClientStream& stream, Condition done, Deadline deadline);
  // What was read of its body no longer counts.
  void consume(Http2ClientStream& stream, std::size_t bytes);
  // With others on the connection: what consuming has left to be written must not wait for the
  // next time that somebody waits.
  Task<Result<>> catch_up(Deadline deadline);
  // What is not over yet is given up: alone on the connection, it ends that too.
  void leave(Http2ClientStream& stream);

  // Reads and writes as those who wait for answers do, for no answer of its own: until it is
  // cancelled, or the connection is spent and nobody is on it any more.
  Task<> watch();
  bool is_watched() const { return is_watched_; }
  // Of one that nobody is on: whoever watches it ends. Over TLS with a closure alert.
  void close();

 private:
  friend struct Http2ClientCallbacks;
  // A task that waits for another one to do its part.
  struct Waiter {
    const Http2ClientStream* stream = nullptr;  // null: for a part only, or for none
    Event event;
    bool is_idle = false;  // it could take a part over
  };

  Http2ClientConnection(HttpUrl origin, HttpDialed dialed, const HttpClientLimits& limits);
  bool begin();

  // http2_client_drive.cpp: who reads and who writes
  bool wants_write() const;
  Task<Result<>> wait_for_turn(Waiter& waiter, Deadline deadline);
  Task<Result<>> write_and_read(Deadline deadline);
  Task<Result<>> write_some(Deadline deadline);
  Task<Result<>> write_bytes(std::span<const std::byte>& bytes, Deadline deadline);
  Task<Result<>> read_on(Deadline deadline);
  Task<Result<>> read_some(Deadline deadline);
  Task<Result<>> receive(std::optional<Lease>& into, Deadline deadline);
  Task<Result<>> wait_for_nudge();
  void take_in(std::span<const std::byte> bytes);
  void touch() { is_quiet_ = false; }
  void wake(const Http2ClientStream& stream);
  void hand_over();

  // http2_client_input.cpp: what the server sends
  int on_begin_frame(const nghttp2_frame_hd& head);
  int on_begin_headers(const nghttp2_frame& frame);
  int on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  int on_frame(const nghttp2_frame& frame);
  int on_headers(Http2ClientStream& stream, const nghttp2_frame& frame);
  static void read_length(Http2ClientStream& stream, bool ends);
  void on_goaway(const nghttp2_frame& frame);
  int on_data(std::int32_t id, std::string_view bytes);
  int on_invalid_frame(const nghttp2_frame& frame);
  int on_close(std::int32_t id, std::uint32_t code);
  int on_sent(const nghttp2_frame& frame);
  ssize_t read_piece(Http2ClientStream& stream, std::span<std::uint8_t> into, std::uint32_t& flags);
  void end_body(Http2ClientStream& stream);
  void spend();

  Http2ClientStream* find(std::int32_t id) const;
  void fail_stream(Http2ClientStream& stream, const Error& error);
  void give_up(Http2ClientStream& stream, std::uint32_t code);
  void fail(const Error& error);
  Error about(const Error& error) const;
  Error not_understood() const;

  HttpUrl origin_;
  HttpDialed dialed_;
  HttpClientLimits limits_;
  Http2SessionPtr session_;
  std::vector<Http2ClientStream*> streams_;  // those that somebody has not left
  std::uint64_t requests_ = 0;
  Instant idle_since_;
  Http2Budget control_;

  Http2Output output_;
  std::string cut_;  // what is left of a write that was cancelled: it goes out first
  std::vector<Waiter*> waiters_;
  Event nudge_;           // for the task that reads: it is to write
  bool reading_ = false;  // a task does
  bool writing_ = false;
  bool is_watched_ = false;
  bool is_quiet_ = false;          // nghttp2 had nothing to say, and nothing has happened since
  bool is_deaf_ = false;           // it takes nothing any more
  bool greeted_ = false;           // the server's SETTINGS have come
  bool going_away_ = false;        // it takes no further requests
  std::optional<Error> farewell_;  // why, where it is the server that is not content
  std::optional<Error> failure_;
};

}  // namespace patchbay
