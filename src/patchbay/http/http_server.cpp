#include "patchbay/http/http_server.hpp"

#include <map>
#include <utility>

#include "patchbay/net/group.hpp"

namespace patchbay {

namespace {

// How long a listener that is given up is watched for clients in its queue: they are there already.
constexpr Duration k_last_look = 10ms;

// One run of serve_http(): who is here, and whom the others wait for.
struct Door {
  HttpService& service;
  HttpListeners& listeners;
  TaskGroup& clients;
  std::optional<Error> failure = {};
  std::map<IpAddress, std::size_t> of_address = {};
  Event room = Event(false);  // somebody left
};

// A client's stay, counted from its accept to its end.
class Visit {
 public:
  Visit(Door& door, const Endpoint& peer)
      : door_(door),
        address_(peer.address()),
        counted_(door.service.limits.connections_per_address > 0) {
    HttpCounters& counters = door_.service.counters;
    ++counters.connections;
    ++counters.open;
    if (counted_) ++door_.of_address[address_];
    if (door_.service.log != nullptr) door_.service.log->connected();
  }
  ~Visit() {
    --door_.service.counters.open;
    door_.room.set_until_reset();
    if (door_.service.log != nullptr) door_.service.log->disconnected();
    if (!counted_) return;
    const auto mine = door_.of_address.find(address_);
    if (mine != door_.of_address.end() && --mine->second == 0) door_.of_address.erase(mine);
  }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

 private:
  Door& door_;
  IpAddress address_;
  bool counted_;  // the limit may come while it stays
};

bool has_too_many(const Door& door, const Endpoint& peer) {
  const std::size_t most = door.service.limits.connections_per_address;
  if (most == 0) return false;
  const auto found = door.of_address.find(peer.address());
  return found != door.of_address.end() && found->second >= most;
}

Task<> serve_plain(Door& door, TcpStream stream, Endpoint peer) {
  const Visit visit(door, peer);
  co_await serve_http1(door.service, std::move(stream), peer, false);
}

Task<> serve_secure(Door& door, TcpStream stream, Endpoint peer, HttpTls& tls) {
  const Visit visit(door, peer);
  auto secure = co_await tls_accept(std::move(stream), tls.context(),
                                    Deadline::after(door.service.limits.head_time));
  if (!secure) co_return;
  if (secure->info().alpn == "h2") {
    co_await serve_http2(door.service, {.stream = *secure, .peer = peer, .secure = true}, {});
  } else {
    co_await serve_http1(door.service, std::move(*secure), peer, true);
  }
}

bool has_room(const Door& door) {
  return door.service.counters.open < door.service.limits.connections;
}

// Until a connection ended, when there are as many as may be.
Task<Result<>> wait_for_room(Door& door) {
  while (!has_room(door)) {
    door.room.reset();
    if (const auto waited = co_await door.room.wait(); !waited) co_return waited;
  }
  co_return ok();
}

void take_in(Door& door, HttpListener& listener, TcpStream client) {
  const auto peer = client.peer();
  if (!peer || has_too_many(door, *peer)) return;
  if (listener.tls != nullptr) {
    door.clients.spawn(serve_secure, std::ref(door), std::move(client), *peer,
                       std::ref(*listener.tls));
  } else {
    door.clients.spawn(serve_plain, std::ref(door), std::move(client), *peer);
  }
}

Task<Result<>> accept_clients(Door& door, HttpListener& listener) {
  for (;;) {
    if (const auto room = co_await wait_for_room(door); !room) co_return room;
    auto client = co_await listener.socket.accept();
    if (!client) co_return client.error();
    take_in(door, listener, std::move(*client));
  }
}

Task<Result<>> wait_until_retired(HttpListeners::Place& place) {
  co_return co_await place.retired.wait();
}

// Those who were connected before the listener was given up.
Task<> accept_the_last(Door& door, HttpListener& listener) {
  while (has_room(door)) {
    auto client = co_await listener.socket.accept(Deadline::after(k_last_look));
    if (!client) co_return;
    take_in(door, listener, std::move(*client));
  }
}

Task<> keep_open(Door& door, HttpListeners::Place& place, TaskGroup& all) {
  const auto ended =
      co_await either(accept_clients(door, place.listener), wait_until_retired(place));
  if (ended) {
    co_await accept_the_last(door, place.listener);
    door.listeners.remove(place);
    co_return;
  }
  const Fault fault = ended.error().fault();
  if (fault != Fault::cancelled && fault != Fault::closed) door.failure = ended.error();
  all.cancel();
}

Task<> keep_all_open(TaskGroup& group, Door& door) {
  for (;;) {
    door.listeners.changed().reset();
    while (HttpListeners::Place* const place = door.listeners.next_to_open()) {
      group.spawn(keep_open, std::ref(door), std::ref(*place), std::ref(group));
    }
    if (const auto changed = co_await door.listeners.changed().wait(); !changed) co_return;
  }
}

Task<Result<>> wait_until_empty(Door& door) {
  while (door.service.counters.open > 0) {
    door.room.reset();
    if (const auto waited = co_await door.room.wait(); !waited) co_return waited;
  }
  co_return ok();
}

}  // namespace

Task<Result<>> serve_http(HttpService& service, HttpListeners& listeners) {
  // Being told to stop reaches the listeners at once, and the connections when their time is up.
  Scope shield(&co_await current_scope(), {.shielded = true});
  TaskGroup clients(shield);
  Door door{.service = service, .listeners = listeners, .clients = clients};
  co_await with_group(keep_all_open, std::ref(door));
  listeners.close_all();
  service.stop();
  (void)co_await with_shield(Deadline::after(listeners.grace), wait_until_empty(door));
  clients.cancel();
  co_await clients.join();
  if (door.failure) co_return *door.failure;
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
