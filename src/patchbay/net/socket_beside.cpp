#include "patchbay/net/socket_beside.hpp"

#include <sched.h>

#include <algorithm>

#include "patchbay/net/epoll_engine.hpp"

namespace patchbay {

unsigned usable_processors() {
  cpu_set_t usable;
  CPU_ZERO(&usable);
  // It fails where there are more of them than the set has room for.
  if (::sched_getaffinity(0, sizeof usable, &usable) != 0) return CPU_SETSIZE;
  return static_cast<unsigned>(std::max(CPU_COUNT(&usable), 1));
}

std::optional<SocketBeside> SocketBeside::of(const DatagramSocket& socket) {
  auto* const engine = dynamic_cast<EpollEngine*>(&socket.port());
  if (engine == nullptr) return std::nullopt;
  return SocketBeside(*engine, socket.handle());
}

void SocketBeside::send(DatagramBatch& batch, Duration most_blocked) const {
  engine_->send_beside(handle_, batch, most_blocked);
}

std::function<void()> SocketBeside::begin_close() const { return engine_->begin_close(handle_); }

}  // namespace patchbay
