// A connection of HTTP/1: waits, and hands what comes to an exchange. Thousands of them wait at a
// time, so its frame is small and holds no buffer.
#include "patchbay/http/http1_exchange.hpp"
#include "patchbay/http/http_door.hpp"
#include "patchbay/http/http_goodbye.hpp"

namespace patchbay {

namespace {

struct Connection {
  HttpService& service;
  Stream stream;
  HttpVisit visit;
  std::uint64_t requests = 0;
  HttpIdle idle = {};
};

Task<bool> nothing_more() { co_return false; }

Task<bool> exchange(Connection& here, Lease first) {
  const Endpoint& peer = here.visit.peer();
  const bool secure = here.idle.secure;
  std::string preface;
  {
    Http1Exchange requests(here.service, here.stream, peer, secure, std::move(first),
                           here.requests);
    const Http1Exchange::End end = co_await requests.run();
    if (end != Http1Exchange::End::http2) co_return end == Http1Exchange::End::idle;
    preface = requests.rest();
  }
  co_await serve_http2(here.service, {.stream = here.stream, .peer = peer, .secure = secure},
                       std::move(preface));
  co_return false;
}

// Waits for the first bytes of a request, and begins the exchange that they call for. As a variable
// of the coroutine what came would have its place in the frame for as long as the wait: 120 bytes
// for each idle connection. So it is handed on out of line.
struct Arrival {
  Connection& here;
  ReceiveOp op = here.stream.receive(Deadline::after(here.service.limits.idle));

  void enter(Scope& scope, const TaskTrace& task) { op.enter(scope, task); }
  bool await_ready() { return op.await_ready(); }
  void await_suspend(std::coroutine_handle<> waiter) { op.await_suspend(waiter); }
  [[gnu::noinline]] Task<bool> await_resume() {
    here.service.leave_idle(here.idle);
    auto data = op.await_resume();
    if (!data || data->empty() || here.service.stopping()) return nothing_more();
    return exchange(here, std::move(*data));
  }
};

Task<> serve(Connection here) {
  here.idle.stream = &here.stream;
  do {
    here.service.enter_idle(here.idle);
    auto next = co_await Arrival{here};
    if (!co_await next) break;
  } while (!here.service.stopping());
  if (here.idle.secure) say_goodbye(here.stream);
}

}  // namespace

Task<> serve_http1(HttpService& service, Stream stream, HttpVisit visit, bool secure) {
  return serve({.service = service,
                .stream = std::move(stream),
                .visit = std::move(visit),
                .idle = {.secure = secure}});
}

}  // namespace patchbay
