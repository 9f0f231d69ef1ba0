#include "patchbay/http/http_server.hpp"

#include <map>
#include <utility>

#include "patchbay/net/group.hpp"

namespace patchbay {

namespace {

// One run of serve_http(): who is here, and whom the others wait for.
struct Door {
  HttpService& service;
  TaskGroup& clients;
  std::optional<Error> failure = {};
  std::map<IpAddress, std::size_t> of_address = {};
  Event room = Event(false);  // somebody left
};

// A client's stay, counted from its accept to its end.
class Visit {
 public:
  Visit(Door& door, const Endpoint& peer) : door_(door), address_(peer.address()) {
    HttpCounters& counters = door_.service.counters;
    ++counters.connections;
    ++counters.open;
    if (door_.service.limits.connections_per_address > 0) ++door_.of_address[address_];
    if (door_.service.log != nullptr) door_.service.log->connected();
  }
  ~Visit() {
    --door_.service.counters.open;
    door_.room.set_until_reset();
    if (door_.service.log != nullptr) door_.service.log->disconnected();
    const auto mine = door_.of_address.find(address_);
    if (mine != door_.of_address.end() && --mine->second == 0) door_.of_address.erase(mine);
  }
  Visit(const Visit&) = delete;
  Visit& operator=(const Visit&) = delete;

 private:
  Door& door_;
  IpAddress address_;
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

// Until a connection ended, when there are as many as may be. False: the server is to stop.
Task<bool> wait_for_room(Door& door) {
  while (door.service.counters.open >= door.service.limits.connections) {
    door.room.reset();
    const auto waited = co_await door.room.wait();
    if (!waited) co_return false;
  }
  co_return true;
}

Task<> accept_clients(Door& door, HttpListener& listener) {
  for (;;) {
    if (!co_await wait_for_room(door)) co_return;
    auto client = co_await listener.socket.accept();
    if (!client) {
      const Fault fault = client.error().fault();
      if (fault != Fault::cancelled && fault != Fault::closed) door.failure = client.error();
      co_return;
    }
    const auto peer = client->peer();
    if (!peer || has_too_many(door, *peer)) continue;
    if (listener.tls != nullptr) {
      door.clients.spawn(serve_secure, std::ref(door), std::move(*client), *peer,
                         std::ref(*listener.tls));
    } else {
      door.clients.spawn(serve_plain, std::ref(door), std::move(*client), *peer);
    }
  }
}

Task<> accept_all(TaskGroup& group, Door& door, std::vector<HttpListener>& listeners) {
  for (HttpListener& listener : listeners) {
    group.spawn(accept_clients, std::ref(door), std::ref(listener));
  }
  co_return;
}

Task<Result<>> wait_until_empty(Door& door) {
  while (door.service.counters.open > 0) {
    door.room.reset();
    if (const auto waited = co_await door.room.wait(); !waited) co_return waited;
  }
  co_return ok();
}

}  // namespace

Task<Result<>> serve_http(HttpService& service, std::vector<HttpListener> listeners,
                          Duration grace) {
  // Being told to stop reaches the listeners at once, and the connections when their time is up.
  Scope shield(&co_await current_scope(), {.shielded = true});
  TaskGroup clients(shield);
  Door door{.service = service, .clients = clients};
  co_await with_group(accept_all, std::ref(door), std::ref(listeners));
  listeners.clear();
  service.stop();
  (void)co_await with_shield(Deadline::after(grace), wait_until_empty(door));
  clients.cancel();
  co_await clients.join();
  if (door.failure) co_return *door.failure;
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
