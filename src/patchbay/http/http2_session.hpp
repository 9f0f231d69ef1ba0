// Http2Session: one connection of HTTP/2 at the server (RFC 9113), the frames by nghttp2.
//
// Three tasks share it: one reads and feeds nghttp2, one writes what nghttp2 has to say, one looks
// at the clock. Requests are answered at once where the handler can, else in a task each. Whatever
// ends the connection cancels them all.
#pragma once

#include <string>
#include <vector>

#include "patchbay/http/http2_budget.hpp"
#include "patchbay/http/http2_library.hpp"
#include "patchbay/http/http2_response_head.hpp"
#include "patchbay/http/http2_stream.hpp"
#include "patchbay/http/http_service.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

class Http2Session final : private Http2BodyOwner {
 public:
  // `scope`: of the task that runs it.
  Http2Session(HttpService& service, const HttpConnection& connection, Scope& scope);
  ~Http2Session();
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  // To the end of the connection. `first` has been received already.
  Task<> run(std::string first);

 private:
  friend struct Http2Callbacks;
  // The service's list of those that it has to tell when it stops.
  struct Listed : HttpIdle {
    Http2Session* session = nullptr;
  };

  // http2_session.cpp: the connection
  bool begin();
  Task<> read(std::string first);
  bool receive(std::span<const std::byte> bytes);
  Task<> write();
  Task<Result<>> send_all();
  Task<> linger();
  void wake();
  bool finished() const;
  void terminate(std::uint32_t code);

  // http2_input.cpp: what the client sends
  int on_begin_frame(const nghttp2_frame_hd& head);
  int on_begin_headers(const nghttp2_frame& frame);
  int on_header(const nghttp2_frame& frame, nghttp2_rcbuf* name, nghttp2_rcbuf* value);
  int on_frame(const nghttp2_frame& frame);
  int on_headers(const nghttp2_frame& frame);
  int on_data(std::int32_t id, std::string_view bytes);
  int on_invalid_frame(const nghttp2_frame& frame);
  int on_close(std::int32_t id);
  Http2Stream* find(std::int32_t id) const;
  void spend(Http2Budget& budget);

  // http2_streams.cpp: which there are
  HttpPatience patience_terms() const { return patience_with_reader(limits_); }
  Http2Stream* open_stream(std::int32_t id);
  void close_stream(Http2Stream& stream);
  void release(Http2Stream* stream);
  void account(const Http2Stream& stream);
  void account_for_all();

  // http2_answer.cpp: what it is sent
  void begin_requests();
  void begin_request(Http2Stream& stream);
  Task<> work(Http2Stream* stream);
  void submit(Http2Stream& stream, bool has_content, const Http2ResponseHead::Frame& frame);
  void answer(Http2Stream& stream, HttpResponse response);
  bool fetch_contents();
  Task<> fetch(Http2Stream* stream);
  ssize_t read_content(Http2Stream& stream, std::size_t most, std::uint32_t& flags);
  int send_content(Http2Stream& stream, const std::uint8_t* head, std::size_t bytes);
  int on_sent(const nghttp2_frame& frame);
  void refuse_rest(Http2Stream& stream);
  void body_taken(std::int32_t stream, std::size_t bytes) override;
  void body_awaited(std::int32_t stream) override;

  // http2_watch.cpp: how long it may take
  Task<> watch();
  Instant look_at_clock();
  void look_at_streams(Duration since);
  void stop();
  void finish_stop();
  void note_work();

  HttpService& service_;
  HttpConnection connection_;
  const HttpLimits& limits_;
  TaskGroup group_;
  Http2SessionPtr session_;

  Http2Stream* streams_ = nullptr;  // open
  std::size_t open_ = 0;
  std::uint64_t requests_ = 0;
  std::vector<Http2Stream*> fresh_;   // whose requests have come and are not begun
  std::vector<Http2Stream*> hungry_;  // whose content has to be fetched
  std::uint64_t fetched_ = 0;         // how often it was
  Listed listed_;

  Http2Output output_;
  Http2ResponseHead response_head_;
  Event wake_;
  bool writing_ = false;

  Instant began_;
  Instant idle_since_;
  Instant looked_;                // at the clock, last
  Instant looks_;                 // again
  std::int32_t head_stream_ = 0;  // whose head has not come to its end
  Instant head_since_{};
  bool greeted_ = false;  // its SETTINGS have come
  Event look_;
  Http2Budget resets_;
  Http2Budget control_;
  HttpPatience patience_;  // with a client that keeps the connection's window shut
  std::uint64_t sent_ = 0;
  std::uint64_t sent_at_tick_ = 0;

  enum class Stop : std::uint8_t { none, announced, final };
  Stop stop_ = Stop::none;
  Instant stop_since_{};
  bool terminated_ = false;
  bool client_left_ = false;  // or takes nothing more
  bool says_goodbye_ = false;
};

}  // namespace patchbay
