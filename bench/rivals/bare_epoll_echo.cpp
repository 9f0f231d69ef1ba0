// A TCP echo server on bare epoll: the least a single thread can do per message, and the yardstick
// for what a library may cost on top. SIGTERM ends it by its default action.
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

#include "listen.hpp"

namespace {

constexpr std::size_t k_buffer_bytes = 64 * 1024;
constexpr int k_max_events = 512;

struct Connection {
  int fd;
  std::vector<char> pending{};  // what the peer has not taken yet; while there is any, no read
  std::size_t taken = 0;        // how much of `pending` is sent already
};

enum class After { keep, close };

// Sends what the socket has room for; negative when the connection is broken.
ssize_t send_some(const Connection& connection, const char* data, std::size_t size) {
  const ssize_t sent = send(connection.fd, data, size, MSG_NOSIGNAL);
  return sent < 0 && errno == EAGAIN ? 0 : sent;
}

After send_or_keep(Connection& connection, const char* data, std::size_t size) {
  const ssize_t sent = send_some(connection, data, size);
  if (sent < 0) return After::close;
  connection.pending.assign(data + sent, data + size);
  return After::keep;
}

After flush(Connection& connection) {
  const std::size_t left = connection.pending.size() - connection.taken;
  const ssize_t sent = send_some(connection, connection.pending.data() + connection.taken, left);
  if (sent < 0) return After::close;
  connection.taken += static_cast<std::size_t>(sent);
  if (connection.taken < connection.pending.size()) return After::keep;
  connection.pending.clear();
  connection.taken = 0;
  return After::keep;
}

// Level-triggered: one read an event. Going on until the socket is empty would let one busy peer
// have the thread for itself; a socket with more to read is simply reported again.
After serve(Connection& connection) {
  static std::array<char, k_buffer_bytes> buffer;
  if (!connection.pending.empty()) return flush(connection);
  const ssize_t received = recv(connection.fd, buffer.data(), buffer.size(), 0);
  if (received == 0) return After::close;
  if (received < 0) return errno == EAGAIN ? After::keep : After::close;
  return send_or_keep(connection, buffer.data(), static_cast<std::size_t>(received));
}

// Asks for room in the socket while there is something pending, else for data.
void watch(int poll, int operation, Connection& connection) {
  epoll_event event{};
  event.events = connection.pending.empty() ? EPOLLIN : EPOLLOUT;
  event.data.ptr = &connection;
  if (epoll_ctl(poll, operation, connection.fd, &event) != 0) rivals::die("epoll_ctl");
}

void accept_all(int listener, int poll) {
  for (;;) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) return;  // EAGAIN: that was the last one; a fault: level-triggered, tried again
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto connection = std::make_unique<Connection>(Connection{fd});
    watch(poll, EPOLL_CTL_ADD, *connection.release());  // epoll has it until it closes
  }
}

}  // namespace

int main(int argc, char** argv) {
  const std::uint16_t port = rivals::port_argument(argc, argv);
  const int listener = rivals::bound_socket(SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, port);
  if (listen(listener, 4096) != 0) rivals::die("listen");
  const int poll = epoll_create1(EPOLL_CLOEXEC);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;  // the listener; every other entry points to its connection
  if (epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event) != 0) rivals::die("epoll_ctl");
  rivals::announce(listener);

  std::array<epoll_event, k_max_events> events;
  for (;;) {
    const int count = epoll_wait(poll, events.data(), k_max_events, -1);
    for (int i = 0; i < count; ++i) {
      const epoll_event& ready = events[static_cast<std::size_t>(i)];
      if (ready.data.ptr == nullptr) {
        accept_all(listener, poll);
        continue;
      }
      auto& connection = *static_cast<Connection*>(ready.data.ptr);
      const bool was_pending = !connection.pending.empty();
      if (serve(connection) == After::close) {
        close(connection.fd);
        delete &connection;
      } else if (connection.pending.empty() == was_pending) {
        watch(poll, EPOLL_CTL_MOD, connection);
      }
    }
  }
}
