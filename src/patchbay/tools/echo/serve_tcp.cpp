#include "patchbay/tools/echo/serve_tcp.hpp"

#include <utility>

#include "patchbay/tools/echo/serve_tcp_talks.hpp"

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
    if (!server.options.once) {
      group.spawn(serve_client, std::ref(server), std::move(*client));
      continue;
    }
    co_await serve_client(server, std::move(*client));
    if (!server.answered) continue;
    group.cancel();
    co_return;
  }
}

Task<> accept_on_all(TaskGroup& group, TcpServer& server, std::vector<TcpListener>& listeners) {
  for (TcpListener& listener : listeners) {
    group.spawn(accept_clients, std::ref(group), std::ref(server), std::ref(listener));
  }
  co_return;
}

}  // namespace

Task<Result<>> serve_tcp(std::vector<TcpListener> listeners, TcpServeOptions options,
                         TcpServeTotals& totals, TcpServeEvents* events) {
  TcpServer server{.options = options, .totals = totals, .events = events};
  co_await with_group(accept_on_all, std::ref(server), std::ref(listeners));
  if (server.failure) co_return *server.failure;
  co_return ok();
}

}  // namespace patchbay
