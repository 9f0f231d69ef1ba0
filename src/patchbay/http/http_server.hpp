// HttpServer: routes and the server that answers them, for a program of a few lines:
//
//   HttpServer server;
//   server.get("/hello", [](HttpRequest&) { return HttpResponse::text("hello\n"); });
//   return run_main(server.serve("127.0.0.1:8080"));
#pragma once

#include <string>
#include <vector>

#include "patchbay/http/http_listeners.hpp"
#include "patchbay/http/http_router.hpp"
#include "patchbay/http/http_service.hpp"

namespace patchbay {

// Serves the connections of these listeners until the task is cancelled, which is no failure. Then
// nothing new is accepted, idle connections are closed, requests in work have `grace` to end, and
// what is left is cut. `service` outlives the task, and serves no second time. Over TLS a client
// that offers "h2" (ALPN, RFC 7301) gets HTTP/2 if the context has it, in the clear one that begins
// with it (RFC 9113 section 3.3). Faults: those of accept(), which ends all of them; what happens
// to a connection is its own affair.
Task<Result<>> serve_http(HttpService& service, HttpListeners& listeners);
Task<Result<>> serve_http(HttpService& service, std::vector<HttpListener> listeners,
                          Duration grace = 10s);

// One loop's. It outlives the tasks of serve(); routes are added before these begin.
class HttpServer {
 public:
  explicit HttpServer(HttpLimits limits = {}) : limits_(limits) {}

  // As HttpRouter.
  template <class Function>
  HttpServer& get(std::string_view pattern, Function handler) {
    router_.get(pattern, std::move(handler));
    return *this;
  }
  template <class Function>
  HttpServer& post(std::string_view pattern, Function handler) {
    router_.post(pattern, std::move(handler));
    return *this;
  }
  HttpRouter& routes() { return router_; }

  // Serves on "127.0.0.1:8080", or on a listener that is there already, until it is cancelled.
  // Faults: those of TcpListener::bind() and of serve_http().
  Task<Result<>> serve(std::string endpoint);
  Task<Result<>> serve(TcpListener listener);

 private:
  HttpLimits limits_;
  HttpRouter router_;
};

}  // namespace patchbay
