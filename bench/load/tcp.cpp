#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "load.hpp"

namespace load {
namespace {

constexpr std::size_t k_buffer_bytes = 256 * 1024;
constexpr std::size_t k_checked_bytes = 64;  // of each read, once it counts; before, all of it
constexpr int k_max_events = 512;

// One connection: `depth` requests are always on the way or waiting for room in the socket.
struct Connection {
  int fd = -1;
  std::size_t to_send = 0;            // bytes that the socket had no room for
  std::size_t send_at = 0;            // position in the request of the next byte to send
  std::size_t receive_at = 0;         // and of the next byte to come
  std::size_t oldest = 0;             // whose turn it is in `sent_ns`
  std::vector<std::int64_t> sent_ns;  // when each of the `depth` requests was due
  bool answered = false;
};

class Generator {
 public:
  Generator(const Options& options, Measurement& measurement)
      : options_(options), measurement_(measurement), request_(pattern(options.size_bytes)) {
    // Repeated, so that any stretch of the endless stream of requests is one piece of memory.
    const std::size_t pieces = k_buffer_bytes / request_.size() + 2;
    for (std::size_t i = 0; i < pieces; ++i) {
      stream_.insert(stream_.end(), request_.begin(), request_.end());
    }
  }

  void run() {
    poll_ = epoll_create1(EPOLL_CLOEXEC);
    connections_.resize(options_.connections);
    for (Connection& connection : connections_) open(connection);
    const std::int64_t begin = now_ns();
    for (Connection& connection : connections_) {
      connection.sent_ns.assign(options_.depth, begin);
      send_requests(connection, options_.depth);
    }
    loop();
    for (const Connection& connection : connections_) {
      if (!connection.answered) ++measurement_.silent;
    }
  }

 private:
  void open(Connection& connection) {
    connection.fd = connected_socket(options_, SOCK_STREAM);
    exchange_one(connection.fd, request_);
    make_non_blocking(connection.fd);
    epoll_event event{};
    event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
    event.data.ptr = &connection;
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, connection.fd, &event) != 0) die("epoll_ctl");
  }

  void loop() {
    std::array<epoll_event, k_max_events> events;
    while (measurement_.tick(now_ns())) {
      const int count = epoll_wait(poll_, events.data(), k_max_events, 0);
      for (int i = 0; i < count; ++i) {
        const epoll_event& ready = events[static_cast<std::size_t>(i)];
        auto& connection = *static_cast<Connection*>(ready.data.ptr);
        if (connection.to_send > 0) send_requests(connection, 0);
        if (connection.fd >= 0) receive_answers(connection, ready.events);
      }
    }
  }

  // Sends what `due` more requests and the bytes left over amount to, as far as there is room.
  void send_requests(Connection& connection, std::size_t due) {
    connection.to_send += due * request_.size();
    while (connection.to_send > 0 && connection.fd >= 0) {
      const std::size_t size = std::min(connection.to_send, k_buffer_bytes);
      const char* data = stream_.data() + connection.send_at;
      const ssize_t sent = send(connection.fd, data, size, MSG_NOSIGNAL);
      if (sent < 0) {
        if (errno != EAGAIN) drop(connection);
        return;
      }
      connection.to_send -= static_cast<std::size_t>(sent);
      connection.send_at = (connection.send_at + static_cast<std::size_t>(sent)) % request_.size();
    }
  }

  // Edge-triggered: reads until a read does not fill the buffer. That ends, because the next
  // requests are sent only afterwards: no more than `depth` answers can come.
  void receive_answers(Connection& connection, std::uint32_t events) {
    std::size_t due = 0;
    for (bool drained = false; !drained;) {
      const ssize_t received = recv(connection.fd, buffer_.data(), buffer_.size(), 0);
      if (received < 0 && errno == EAGAIN) break;
      if (received <= 0) return drop(connection);
      const auto size = static_cast<std::size_t>(received);
      due += count_answers(connection, size);
      drained = size < buffer_.size() && (events & EPOLLRDHUP) == 0;
    }
    if (due > 0) send_requests(connection, due);
  }

  // How many answers end within these bytes; each makes the next request due now.
  std::size_t count_answers(Connection& connection, std::size_t size) {
    check(connection, size);
    const std::int64_t now = now_ns();
    const std::size_t answers = (connection.receive_at + size) / request_.size();
    connection.receive_at = (connection.receive_at + size) % request_.size();
    for (std::size_t i = 0; i < answers; ++i) {
      measurement_.answered(std::exchange(connection.sent_ns[connection.oldest], now), now);
      if (++connection.oldest == options_.depth) connection.oldest = 0;
    }
    if (answers > 0 && measurement_.counting()) connection.answered = true;
    return answers;
  }

  void check(const Connection& connection, std::size_t size) {
    const std::size_t checked = measurement_.counting() ? std::min(size, k_checked_bytes) : size;
    const char* expected = stream_.data() + connection.receive_at;
    if (std::memcmp(buffer_.data(), expected, checked) != 0) ++measurement_.corrupt;
  }

  void drop(Connection& connection) {
    ++measurement_.broken;
    close(connection.fd);
    connection.fd = -1;
  }

  const Options& options_;
  Measurement& measurement_;
  const std::vector<char> request_;
  std::vector<char> stream_;
  std::vector<char> buffer_ = std::vector<char>(k_buffer_bytes);
  std::vector<Connection> connections_;
  int poll_ = -1;
};

}  // namespace

void run_tcp(const Options& options, Measurement& measurement) {
  Generator(options, measurement).run();
}

void run_idle(const Options& options) {
  const std::vector<char> request = pattern(options.size_bytes);
  for (std::size_t i = 0; i < options.connections; ++i) {
    exchange_one(connected_socket(options, SOCK_STREAM), request);
  }
}

}  // namespace load
