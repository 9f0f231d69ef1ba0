// The least that telling many clients the same can cost: one sendmsg to each in turn, with so many
// lines gathered in it. No server could do with less, short of sending later. A child of it, on the
// other core, holds the clients' ends and throws away what comes.
//
//   bare_fanout CLIENTS LINES WARM_UP_MS TIME_MS
//
// prints {"deliveries":…,"seconds":…,"cpu_s":…,"peak_bytes":…} of the sending side.
#include <fcntl.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <string>
#include <vector>

#include "listen.hpp"

namespace {

constexpr int k_sending_core = 0;
constexpr int k_reading_core = 1;
constexpr std::size_t k_line_bytes = 100;
constexpr std::size_t k_most_lines = 100;

using Clock = std::chrono::steady_clock;

void stay_on(int core) {
  cpu_set_t cores;
  CPU_ZERO(&cores);
  CPU_SET(core, &cores);
  if (sched_setaffinity(0, sizeof cores, &cores) != 0) rivals::die("sched_setaffinity");
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) rivals::die("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) rivals::die("setrlimit");
}

// The clients: connects all of them, then reads until the sender has gone.
[[noreturn]] void read_all(const sockaddr_in& server, std::size_t clients) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  stay_on(k_reading_core);
  const int poll = epoll_create1(EPOLL_CLOEXEC);
  for (std::size_t i = 0; i < clients; ++i) {
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0) {
      rivals::die("connect");
    }
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) != 0) rivals::die("epoll_ctl");
  }
  static std::array<char, 64 * 1024> buffer;
  std::array<epoll_event, 512> events;
  for (;;) {
    const int count = epoll_wait(poll, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (recv(fd, buffer.data(), buffer.size(), MSG_DONTWAIT) == 0) _exit(0);
    }
  }
}

std::vector<int> accept_all(int listener, std::size_t clients) {
  std::vector<int> sockets;
  while (sockets.size() < clients) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) rivals::die("accept");
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    sockets.push_back(fd);
  }
  return sockets;
}

// Goes round until it is time; how many lines were taken. What a full socket does not take is not
// counted, nor sent again.
double send_until(const std::vector<int>& sockets, std::size_t lines, Clock::time_point end) {
  std::string line(k_line_bytes - 2, 'x');
  line += "\r\n";
  std::vector<iovec> pieces(lines, iovec{line.data(), line.size()});
  msghdr message{};
  message.msg_iov = pieces.data();
  message.msg_iovlen = pieces.size();
  std::uint64_t bytes = 0;
  while (Clock::now() < end) {
    for (const int fd : sockets) {
      const ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
      if (sent > 0) bytes += static_cast<std::uint64_t>(sent);
    }
  }
  return static_cast<double>(bytes) / static_cast<double>(k_line_bytes);
}

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

std::size_t number(const char* text) { return std::strtoul(text, nullptr, 10); }

}  // namespace

int main(int argc, char** argv) {
  const std::size_t lines = argc == 5 ? number(argv[2]) : 0;
  if (lines == 0 || lines > k_most_lines) {
    std::fprintf(stderr, "usage: bare_fanout CLIENTS LINES WARM_UP_MS TIME_MS\n");
    return 2;
  }
  const std::size_t clients = number(argv[1]);
  const std::chrono::milliseconds warm_up(number(argv[3])), time(number(argv[4]));
  raise_descriptor_limit();
  const int listener = rivals::bound_socket(SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listen(listener, 4096) != 0) rivals::die("listen");
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    rivals::die("getsockname");
  }
  const pid_t child = fork();
  if (child < 0) rivals::die("fork");
  if (child == 0) read_all(address, clients);
  stay_on(k_sending_core);
  const std::vector<int> sockets = accept_all(listener, clients);

  send_until(sockets, lines, Clock::now() + warm_up);
  const Clock::time_point begin = Clock::now();
  const double cpu_before = cpu_seconds();
  const double deliveries = send_until(sockets, lines, begin + time);
  const double cpu = cpu_seconds() - cpu_before;
  const double seconds = std::chrono::duration<double>(Clock::now() - begin).count();
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  std::printf("{\"deliveries\":%.0f,\"seconds\":%.6f,\"cpu_s\":%.6f,\"peak_bytes\":%ld}\n",
              deliveries, seconds, cpu, used.ru_maxrss * 1024L);
  kill(child, SIGKILL);
  waitpid(child, nullptr, 0);
  return 0;
}
