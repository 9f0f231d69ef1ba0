#include "patchbay/tools/echo/serve_tcp.hpp"

#include <utility>

#include "patchbay/net/group.hpp"
#include "patchbay/tools/echo/serve_tcp_client.hpp"

namespace patchbay {

namespace {

// Until there is room for one more. False when the server was told to stop.
Task<bool> wait_for_room(TcpServer& server) {
  while (server.clients >= server.options.max_clients) {
    if (server.events != nullptr && !std::exchange(server.told_full, true)) {
      server.events->full(server.clients);
    }
    server.room.reset();
    const auto room = co_await server.room.wait();
    if (!room) co_return false;
  }
  co_return true;
}

// Serves one client and then the next, until one has its answer.
Task<> accept_one_by_one(TaskGroup& group, TcpServer& server, TcpListener& listener) {
  const TcpClientTask serve_client = choose_client_task(server);
  while (!server.answered) {
    auto client = co_await listener.accept();
    if (!client) {
      const Fault fault = client.error().fault();
      // `closed` by the one who came first, below.
      if (fault != Fault::cancelled && fault != Fault::closed) server.failure = client.error();
      co_return;
    }
    server.enter();
    if (server.options.join != nullptr) {
      for (TcpListener& other : server.listeners) other.close();
    }
    co_await serve_client(server, std::move(*client));
  }
  group.cancel();
}

Task<> accept_clients(TaskGroup& group, TcpServer& server, TcpListener& listener) {
  const TcpClientTask serve_client = choose_client_task(server);
  for (;;) {
    if (server.clients >= server.options.max_clients && !co_await wait_for_room(server)) co_return;
    auto client = co_await listener.accept();
    if (!client) {
      if (client.error().fault() != Fault::cancelled) server.failure = client.error();
      group.cancel();
      co_return;
    }
    server.enter();
    group.spawn(serve_client, std::ref(server), std::move(*client));
  }
}

Task<> accept_on_all(TaskGroup& group, TcpServer& server) {
  server.scope = &group.scope();
  const bool one_by_one = server.options.once || server.options.join != nullptr;
  for (TcpListener& listener : server.listeners) {
    group.spawn(one_by_one ? accept_one_by_one : accept_clients, std::ref(group), std::ref(server),
                std::ref(listener));
  }
  co_return;
}

}  // namespace

std::string_view name_of(Parting parting) {
  switch (parting) {
    case Parting::left: return "left";
    case Parting::answered: return "answered";
    case Parting::idle: return "idle";
    case Parting::not_reading: return "not_reading";
    case Parting::slow_line: return "slow_line";
    case Parting::long_line: return "long_line";
    case Parting::reset: return "reset";
    case Parting::lost: return "lost";
    case Parting::no_tls: return "no_tls";
    case Parting::stopped: return "stopped";
  }
  std::unreachable();
}

Task<Result<>> serve_tcp(std::vector<TcpListener> listeners, TcpServeOptions options,
                         TcpServeTotals& totals, TcpServeEvents* events) {
  TcpServer server{
      .options = options, .totals = totals, .events = events, .listeners = std::move(listeners)};
  co_await with_group(accept_on_all, std::ref(server));
  if (server.failure) co_return *server.failure;
  co_return ok();
}

}  // namespace patchbay
