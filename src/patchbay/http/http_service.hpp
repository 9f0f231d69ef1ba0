// HttpService: what the connections of one server on one loop have in common. They borrow it; it
// outlives them.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "patchbay/http/http_handler.hpp"
#include "patchbay/http/http_headcount.hpp"
#include "patchbay/http/http_log.hpp"
#include "patchbay/http/http_options.hpp"

namespace patchbay {

// A connection that has no request in work, so that it can be closed at any time; or one that can
// be told to come to its end.
struct HttpIdle {
  HttpIdle* previous = nullptr;
  HttpIdle* next = nullptr;
  Stream* stream = nullptr;
  bool secure = false;                     // the stream is TLS
  void (*stop)(HttpIdle& self) = nullptr;  // where there is one, in place of closing the stream
};

// Since the service was made.
struct HttpCounters {
  std::uint64_t connections = 0;  // that were accepted
  std::uint64_t open = 0;         // now
  std::uint64_t requests = 0;
  std::uint64_t body_bytes = 0;  // sent
  std::uint64_t refused = 0;     // heads that were no requests
};

class HttpService {
 public:
  // `handler` and `log` outlive it.
  HttpService(HttpHandler& handler, HttpLimits limits, HttpLog* log = nullptr)
      : handler(handler), limits(limits), log(log) {}
  HttpService(const HttpService&) = delete;
  HttpService& operator=(const HttpService&) = delete;

  HttpHandler& handler;
  HttpLimits limits;   // may be exchanged: what begins later goes by the new ones
  HttpLog* const log;  // may be null
  HttpCounters counters;
  // What the limits of connections are held against. Services of several loops that are one server
  // share one: exchanged before anybody is there.
  std::shared_ptr<HttpHeadcount> headcount = std::make_shared<HttpHeadcount>();

  // The value of Date now, 29 characters; made anew once a second.
  std::string_view date();

  // While a connection waits for its next request it is in this list, one of HTTP/2 all the time.
  void enter_idle(HttpIdle& idle);
  void leave_idle(HttpIdle& idle);
  // No further request is begun: idle connections are closed, the others after their answer.
  void stop();
  bool stopping() const { return stopping_; }

 private:
  std::string date_;
  Instant date_until_{};
  HttpIdle* idle_ = nullptr;
  bool stopping_ = false;
};

struct HttpConnection {
  Stream& stream;  // outlives serve_http2()
  Endpoint peer;
  bool secure = false;
};
// A connection of HTTP/2, to its end. `first`: bytes that were read to learn which protocol it is.
Task<> serve_http2(HttpService& service, HttpConnection connection, std::string first);

}  // namespace patchbay
