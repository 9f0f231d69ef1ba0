#include "patchbay/http/http_server.hpp"

#include <optional>
#include <utility>

#include "patchbay/http/http_door.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

// How long a listener that is given up is watched for clients in its queue: they are there already.
constexpr Duration k_last_look = 10ms;

// How often a loop looks whether there is room again that others have made.
constexpr Duration k_look_again = 50ms;

// One run of serve_http().
struct Run {
  HttpService& service;
  HttpListeners& listeners;
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

// Until a connection ended, when there are as many as may be. Of those that end on another loop
// nobody tells.
Task<Result<>> wait_for_room(HttpDoor& door) {
  while (door.is_full()) {
    door.left.reset();
    const Instant again = Loop::current().now() + k_look_again;
    const auto waited = co_await door.left.wait(Deadline(again));
    if (!waited && (waited.error().fault() != Fault::timed_out || Loop::current().now() < again)) {
      co_return waited;
    }
  }
  co_return ok();
}

void take_in(Run& run, HttpListener& listener, TcpStream client) {
  const auto peer = client.peer();
  auto visit = peer ? HttpVisit::begin(run.door, *peer) : std::nullopt;
  if (!visit) return;
  if (listener.tls != nullptr) {
    run.clients.spawn(serve_secure, std::ref(run), std::move(client), std::move(*visit),
                      std::ref(*listener.tls));
  } else {
    run.clients.spawn(serve_http1, std::ref(run.service), std::move(client), std::move(*visit),
                      false);
  }
}

Task<Result<>> accept_clients(Run& run, HttpListener& listener) {
  for (;;) {
    if (const auto room = co_await wait_for_room(run.door); !room) co_return room;
    auto client = co_await listener.socket.accept();
    if (!client) co_return client.error();
    take_in(run, listener, std::move(*client));
  }
}

Task<Result<>> wait_until_retired(HttpListeners::Place& place) {
  co_return co_await place.retired.wait();
}

// Those who were connected before the listener was given up.
Task<> accept_the_last(Run& run, HttpListener& listener) {
  while (!run.door.is_full()) {
    auto client = co_await listener.socket.accept(Deadline::after(k_last_look));
    if (!client) co_return;
    take_in(run, listener, std::move(*client));
  }
}

Task<> keep_open(Run& run, HttpListeners::Place& place, TaskGroup& all) {
  const auto ended =
      co_await either(accept_clients(run, place.listener), wait_until_retired(place));
  if (ended) {
    co_await accept_the_last(run, place.listener);
    run.listeners.remove(place);
    co_return;
  }
  const Fault fault = ended.error().fault();
  if (fault != Fault::cancelled && fault != Fault::closed) run.failure = ended.error();
  all.cancel();
}

Task<> keep_all_open(TaskGroup& group, Run& run) {
  for (;;) {
    run.listeners.changed().reset();
    while (HttpListeners::Place* const place = run.listeners.next_to_open()) {
      group.spawn(keep_open, std::ref(run), std::ref(*place), std::ref(group));
    }
    if (const auto changed = co_await run.listeners.changed().wait(); !changed) co_return;
  }
}

Task<Result<>> wait_until_empty(HttpDoor& door) {
  while (door.service.counters.open > 0) {
    door.left.reset();
    if (const auto waited = co_await door.left.wait(); !waited) co_return waited;
  }
  co_return ok();
}

}  // namespace

Task<Result<>> serve_http(HttpService& service, HttpListeners& listeners) {
  // Being told to stop reaches the listeners at once, and the connections when their time is up.
  Scope shield(&co_await current_scope(), {.shielded = true});
  TaskGroup clients(shield);
  Run run{
      .service = service, .listeners = listeners, .clients = clients, .door = {.service = service}};
  co_await with_group(keep_all_open, std::ref(run));
  listeners.close_all();
  service.stop();
  (void)co_await with_shield(Deadline::after(listeners.grace), wait_until_empty(run.door));
  clients.cancel();
  co_await clients.join();
  if (run.failure) co_return *run.failure;
  co_return ok();
}

Task<Result<>> serve_http(HttpService& service, std::vector<HttpListener> listeners,
                          Duration grace) {
  HttpListeners all(std::move(listeners));
  all.grace = grace;
  co_return co_await serve_http(service, all);
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
