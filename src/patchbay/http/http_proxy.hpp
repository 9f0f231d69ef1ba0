// HttpProxy: passes what is below a path on to another HTTP server (RFC 9110 section 3.7: a
// gateway), and its answers back. A WebSocket becomes a tunnel.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "patchbay/http/http_client_pool.hpp"
#include "patchbay/http/http_guard.hpp"
#include "patchbay/http/http_handler.hpp"
#include "patchbay/http/http_pool_sweeper.hpp"
#include "patchbay/http/http_proxy_head.hpp"
#include "patchbay/net/tls_context.hpp"

namespace patchbay {

struct HttpProxyOptions {
  HttpProxyRoute route;
  TlsClientOptions tls = {};  // for an upstream of https; the protocol on offer is HTTP/1.1
  ConnectOptions connect = {};
  HttpClientLimits limits = {};
  // To look the name up, connect and agree on TLS; else 502.
  Duration connect_time = 10s;
  Duration answer_time = 60s;         // without progress, until the head of the answer; else 504
  Duration idle = 5min;               // of an answer's body and of a tunnel
  std::size_t most_at_once = 1000;    // requests and tunnels in work; further ones get a 503
  std::size_t kept_connections = 32;  // idle ones to the upstream
  Duration kept_for = 30s;
  // Closes idle connections in time; null: that is done when the next request comes.
  std::shared_ptr<HttpPoolSweeper> sweeper = {};
  // Where one of these asks for a password, Authorization was for this server, and stays here.
  std::vector<HttpGuardRule> guarded = {};
};

// What is passed on is always one request with a framing of our own; the client's words on hops
// before it (X-Forwarded-…, Forwarded) are dropped, ours added. An idempotent request without a
// body may go over a kept connection, and goes once more when that has just ended; any other has a
// new one. Why an upstream gives no answer the loop's notice says, once a minute at most.
class HttpProxy final : public HttpHandler {
 public:
  // What the route does not cover is `otherwise`'s. Faults: those of TlsContext::client().
  static Result<std::shared_ptr<HttpProxy>> make(std::shared_ptr<HttpHandler> otherwise,
                                                 HttpProxyOptions options);

  std::optional<HttpResponse> answer_now(HttpRequest& request) override;
  Task<HttpResponse> answer(HttpRequest& request) override;

  // Requests and tunnels, of this loop.
  std::size_t in_work() const { return *in_work_; }

 private:
  struct Exchange;  // one request on its way

  HttpProxy(std::shared_ptr<HttpHandler> otherwise, HttpProxyOptions options,
            std::optional<TlsContext> tls);

  Task<HttpResponse> pass_on(HttpRequest& request);
  Task<Result<>> ask(Exchange& exchange);
  Task<Result<>> ask_on(Exchange& exchange);
  Task<Result<>> dial(Exchange& exchange);
  HttpResponse take_answer(Exchange& exchange);
  void tell_operator(const Error& error);
  bool hides_password(const HttpRequest& request) const;

  std::shared_ptr<HttpHandler> otherwise_;
  HttpProxyOptions options_;
  std::optional<TlsContext> tls_;
  std::shared_ptr<HttpClientPool> pool_;
  std::shared_ptr<std::size_t> in_work_;
  Instant quiet_until_{};
};

}  // namespace patchbay
