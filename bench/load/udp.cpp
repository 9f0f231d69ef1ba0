#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "load.hpp"

namespace load {
namespace {

constexpr std::size_t k_batch = 64;
constexpr std::int64_t k_lost_after_ns = 200'000'000;
constexpr int k_max_events = 256;

// The first bytes of each datagram. An answer to an earlier generation was given up already.
struct Stamp {
  std::int64_t sent_ns;
  std::uint32_t generation;
  std::uint32_t socket;
};

struct Socket {
  int fd = -1;
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  std::size_t waiting_for = 0;     // datagrams of this generation without an answer
  std::int64_t last_heard_ns = 0;  // an answer, or a new start
  bool answered = false;
};

class Generator {
 public:
  Generator(const Options& options, Measurement& measurement)
      : options_(options), measurement_(measurement), request_(pattern(options.size_bytes)) {
    for (std::size_t i = 0; i < k_batch; ++i) {
      buffers_[i].resize(options.size_bytes);
      parts_[i] = {.iov_base = buffers_[i].data(), .iov_len = buffers_[i].size()};
      messages_[i].msg_hdr.msg_iov = &parts_[i];
      messages_[i].msg_hdr.msg_iovlen = 1;
    }
  }

  void run() {
    poll_ = epoll_create1(EPOLL_CLOEXEC);
    sockets_.resize(options_.connections);
    for (std::size_t i = 0; i < sockets_.size(); ++i) open(sockets_[i], i);
    for (Socket& socket : sockets_) start(socket, now_ns());
    loop();
    for (const Socket& socket : sockets_) {
      if (!socket.answered) ++measurement_.silent;
    }
  }

 private:
  void open(Socket& socket, std::size_t index) {
    socket.fd = connected_socket(options_, SOCK_DGRAM);
    socket.index = static_cast<std::uint32_t>(index);
    exchange_one(socket.fd, request_);
    make_non_blocking(socket.fd);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &socket;
    if (epoll_ctl(poll_, EPOLL_CTL_ADD, socket.fd, &event) != 0) die("epoll_ctl");
  }

  void loop() {
    std::array<epoll_event, k_max_events> events;
    std::int64_t next_look = now_ns() + k_lost_after_ns;
    for (std::int64_t now = now_ns(); measurement_.tick(now); now = now_ns()) {
      const int count = epoll_wait(poll_, events.data(), k_max_events, 0);
      for (int i = 0; i < count; ++i) {
        exchange(*static_cast<Socket*>(events[static_cast<std::size_t>(i)].data.ptr));
      }
      if (now < next_look) continue;
      next_look = now + k_lost_after_ns;
      for (Socket& socket : sockets_) replace_lost(socket, now);
    }
  }

  // Gives up what is on the way and sends `depth` new datagrams.
  void start(Socket& socket, std::int64_t now) {
    ++socket.generation;
    socket.waiting_for = 0;
    socket.last_heard_ns = now;
    for (std::size_t left = options_.depth; left > 0;) {
      const std::size_t count = std::min(left, k_batch);
      for (std::size_t i = 0; i < count; ++i) {
        std::memcpy(buffers_[i].data(), request_.data(), request_.size());
      }
      send_datagrams(socket, count);
      left -= count;
    }
  }

  void replace_lost(Socket& socket, std::int64_t now) {
    if (now - socket.last_heard_ns < k_lost_after_ns) return;
    if (measurement_.counting()) measurement_.lost += socket.waiting_for;
    start(socket, now);
  }

  // Takes the answers that are there and sends as many new requests, in the same buffers.
  void exchange(Socket& socket) {
    const int received = recvmmsg(socket.fd, messages_.data(), k_batch, 0, nullptr);
    if (received <= 0) return;
    const std::int64_t now = now_ns();
    std::size_t due = 0;
    for (std::size_t i = 0; i < static_cast<std::size_t>(received); ++i) {
      if (is_answer(socket, i, now)) ++due;
    }
    send_datagrams(socket, due);
  }

  bool is_answer(Socket& socket, std::size_t index, std::int64_t now) {
    Stamp stamp;
    std::memcpy(&stamp, buffers_[index].data(), sizeof stamp);
    const std::size_t rest = request_.size() - sizeof stamp;
    const bool whole =
        messages_[index].msg_len == request_.size() && stamp.socket == socket.index &&
        std::memcmp(buffers_[index].data() + sizeof stamp, request_.data() + sizeof stamp, rest) ==
            0;
    if (!whole) ++measurement_.corrupt;
    if (stamp.generation != socket.generation) return false;
    measurement_.answered(stamp.sent_ns, now);
    if (measurement_.counting()) socket.answered = true;
    socket.last_heard_ns = now;
    --socket.waiting_for;
    return true;
  }

  // The first `count` buffers hold a request each, whose stamp is written here.
  void send_datagrams(Socket& socket, std::size_t count) {
    const Stamp stamp{now_ns(), socket.generation, socket.index};
    for (std::size_t i = 0; i < count; ++i) {
      std::memcpy(buffers_[i].data(), &stamp, sizeof stamp);
    }
    // What the socket does not take counts as lost later on.
    if (count > 0) sendmmsg(socket.fd, messages_.data(), static_cast<unsigned>(count), 0);
    socket.waiting_for += count;
  }

  const Options& options_;
  Measurement& measurement_;
  const std::vector<char> request_;
  std::array<mmsghdr, k_batch> messages_{};
  std::array<iovec, k_batch> parts_{};
  std::array<std::vector<char>, k_batch> buffers_;
  std::vector<Socket> sockets_;
  int poll_ = -1;
};

}  // namespace

void run_udp(const Options& options, Measurement& measurement) {
  Generator(options, measurement).run();
}

}  // namespace load
