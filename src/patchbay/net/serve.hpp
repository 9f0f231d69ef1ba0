// serve_each: the loop of nearly every TCP server.
#pragma once

#include "patchbay/net/group.hpp"
#include "patchbay/net/tcp.hpp"

namespace patchbay {

// Accepts until it is cancelled or the listener is closed, and gives each connection to a task of
// its own: handle(stream, arguments…). Then waits for those tasks, and returns why accepting ended.
// A reference parameter of `handle` takes a std::ref to what outlives this call.
template <class... Parameters, class... Arguments>
Task<Result<>> serve_each(TcpListener& listener, Task<> (*handle)(TcpStream, Parameters...),
                          Arguments... arguments) {
  TaskGroup group(co_await current_scope());
  for (;;) {
    auto client = co_await listener.accept();
    if (!client) {
      co_await group.join();
      co_return client.error();
    }
    group.spawn(handle, std::move(*client), arguments...);
  }
}

}  // namespace patchbay
