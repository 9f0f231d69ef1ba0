#include "patchbay/http/http_server.hpp"

#include <optional>
#include <utility>

#include "patchbay/http/http_door.hpp"
#include "patchbay/net/group.hpp"

namespace patchbay {

namespace {

// One run of serve_http().
struct Run {
  HttpService& service;
  TaskGroup& clients;
  HttpDoor door;
  std::optional<Error> failure = {};
};

// Ends with the handshake where it can: what waits for requests then is a task without its frame.
Task<> serve_secure(Run& run, TcpStream stream, HttpVisit visit, HttpTls& tls) {
  auto secure = co_await tls_accept(std::move(stream), tls.context(),
                                    Deadline::after(run.service.limits.head_time));
  if (!secure) co_return;
  if (secure->info().alpn == "h2") {
    co_await serve_http2(run.service, {.stream = *secure, .peer = visit.peer(), .secure = true},
                         {});
  } else {
    run.clients.spawn(serve_http1, std::ref(run.service), std::move(*secure), std::move(visit),
                      true);
  }
}

// Until a connection ended, when there are as many as may be. False: the server is to stop.
Task<bool> wait_for_room(HttpDoor& door) {
  while (door.is_full()) {
    door.left.reset();
    const auto waited = co_await door.left.wait();
    if (!waited) co_return false;
  }
  co_return true;
}

Task<> accept_clients(Run& run, HttpListener& listener) {
  for (;;) {
    if (!co_await wait_for_room(run.door)) co_return;
    auto client = co_await listener.socket.accept();
    if (!client) {
      const Fault fault = client.error().fault();
      if (fault != Fault::cancelled && fault != Fault::closed) run.failure = client.error();
      co_return;
    }
    const auto peer = client->peer();
    if (!peer || run.door.has_too_many_of(*peer)) continue;
    HttpVisit visit(run.door, *peer);
    if (listener.tls != nullptr) {
      run.clients.spawn(serve_secure, std::ref(run), std::move(*client), std::move(visit),
                        std::ref(*listener.tls));
    } else {
      run.clients.spawn(serve_http1, std::ref(run.service), std::move(*client), std::move(visit),
                        false);
    }
  }
}

Task<> accept_all(TaskGroup& group, Run& run, std::vector<HttpListener>& listeners) {
  for (HttpListener& listener : listeners) {
    group.spawn(accept_clients, std::ref(run), std::ref(listener));
  }
  co_return;
}

Task<Result<>> wait_until_empty(HttpDoor& door) {
  while (door.service.counters.open > 0) {
    door.left.reset();
    if (const auto waited = co_await door.left.wait(); !waited) co_return waited;
  }
  co_return ok();
}

}  // namespace

Task<Result<>> serve_http(HttpService& service, std::vector<HttpListener> listeners,
                          Duration grace) {
  // Being told to stop reaches the listeners at once, and the connections when their time is up.
  Scope shield(&co_await current_scope(), {.shielded = true});
  TaskGroup clients(shield);
  Run run{.service = service, .clients = clients, .door = {.service = service}};
  co_await with_group(accept_all, std::ref(run), std::ref(listeners));
  listeners.clear();
  service.stop();
  (void)co_await with_shield(Deadline::after(grace), wait_until_empty(run.door));
  clients.cancel();
  co_await clients.join();
  if (run.failure) co_return *run.failure;
  co_return ok();
}

Task<Result<>> HttpServer::serve(std::string endpoint) {
  auto listener = TcpListener::bind(endpoint);
  if (!listener) co_return listener.error();
  co_return co_await serve(std::move(*listener));
}

Task<Result<>> HttpServer::serve(TcpListener listener) {
  HttpService service(router_, limits_);
  std::vector<HttpListener> listeners;
  listeners.push_back({.socket = std::move(listener)});
  co_return co_await serve_http(service, std::move(listeners));
}

}  // namespace patchbay
