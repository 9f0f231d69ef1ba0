#include "load.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace load {
namespace {

constexpr std::int64_t k_stall_ns = 3'000'000'000;  // so long without any answer is a fault
constexpr timeval k_answer_timeout{.tv_sec = 5, .tv_usec = 0};

sockaddr_in loopback(std::uint32_t last_byte, std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl((127U << 24) | last_byte);
  return address;
}

std::int64_t from_seconds(double seconds) { return static_cast<std::int64_t>(seconds * 1e9); }

}  // namespace

void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

Measurement::Measurement(const Options& options)
    : options_(options), begin_ns_(now_ns()), last_answer_ns_(begin_ns_) {}

bool Measurement::tick(std::int64_t now) {
  if (!counting_ && now - begin_ns_ >= from_seconds(options_.warm_up_s)) {
    counting_ = true;
    std::puts(R"({"type":"start"})");
    std::fflush(stdout);
    begin_ns_ = now_ns();
  }
  stalled_ = now - last_answer_ns_ > k_stall_ns;
  const bool enough = options_.requests != 0 && requests_ >= options_.requests;
  const bool over = counting_ && now - begin_ns_ >= from_seconds(options_.time_s);
  const bool all_gone = broken >= options_.connections;
  end_ns_ = now;
  return !enough && !over && !stalled_ && !all_gone;
}

void Measurement::report() const {
  const double seconds = counting_ ? static_cast<double>(end_ns_ - begin_ns_) / 1e9 : 0;
  std::printf(R"({"type":"result","requests":%llu,"seconds":%.6f,"p50_us":%.2f,"p90_us":%.2f,)"
              R"("p99_us":%.2f,"p999_us":%.2f,"max_us":%.2f,"errors":{"broken":%llu,)"
              R"("corrupt":%llu,"lost":%llu,"silent":%llu,"stalled":%d}})"
              "\n",
              static_cast<unsigned long long>(requests_), seconds, latencies_.percentile_us(0.5),
              latencies_.percentile_us(0.9), latencies_.percentile_us(0.99),
              latencies_.percentile_us(0.999), latencies_.max_us(),
              static_cast<unsigned long long>(broken), static_cast<unsigned long long>(corrupt),
              static_cast<unsigned long long>(lost), static_cast<unsigned long long>(silent),
              stalled_ ? 1 : 0);
  std::fflush(stdout);
}

int connected_socket(const Options& options, int type) {
  const int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &k_answer_timeout, sizeof k_answer_timeout);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &k_answer_timeout, sizeof k_answer_timeout);
  setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  if (type == SOCK_STREAM) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  const sockaddr_in local = loopback(options.source, 0);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&local), sizeof local) != 0) die("bind");
  const sockaddr_in server = loopback(1, options.port);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&server), sizeof server) != 0) die("connect");
  return fd;
}

std::vector<char> pattern(std::size_t size) {
  std::vector<char> bytes(size);
  std::uint32_t state = 0x9e3779b9U;
  for (char& byte : bytes) {
    state = state * 1664525U + 1013904223U;
    byte = static_cast<char>(state >> 24);
  }
  return bytes;
}

void exchange_one(int fd, const std::vector<char>& request) {
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) !=
      static_cast<ssize_t>(request.size())) {
    die("the first request could not be sent");
  }
  std::vector<char> answer(request.size());
  if (recv(fd, answer.data(), answer.size(), MSG_WAITALL) != static_cast<ssize_t>(answer.size())) {
    die("no answer to the first request");
  }
  if (answer != request) {
    std::fputs("the first answer differs from its request\n", stderr);
    std::exit(1);
  }
}

void make_non_blocking(int fd) {
  if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) != 0) die("fcntl");
}

void wait_for_release() {
  std::array<char, 64> ignored;
  while (read(STDIN_FILENO, ignored.data(), ignored.size()) > 0) {
  }
}

}  // namespace load
