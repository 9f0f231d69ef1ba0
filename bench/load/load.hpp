// A closed-loop load generator on bare epoll, for the benchmarks. It uses nothing of the library it
// measures, talks to 127.0.0.1 only, and never sleeps while it measures, so that its own wake-ups
// are no part of anybody's latency.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>
#include <ctime>
#include <vector>

#include "histogram.hpp"

namespace load {

struct Options {
  std::uint16_t port = 0;
  std::size_t connections = 1;  // TCP connections, or UDP sockets
  std::size_t size_bytes = 64;  // of one request, and of its answer
  std::size_t depth = 1;        // requests on the way per connection
  double time_s = 1;            // how long the measurement takes
  double warm_up_s = 0.2;       // how long it runs before it counts
  std::uint64_t requests = 0;   // ends the measurement earlier; 0: never
  std::uint32_t source = 1;     // last byte of the own address, 127.0.0.x
};

inline std::int64_t now_ns() {
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC, &time);
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

// What was counted between the end of the warm-up and the end of the measurement, and how far along
// it is. The generators call `tick` with each reading of the clock and `answered` for each answer.
class Measurement {
 public:
  explicit Measurement(const Options& options);

  // True while there is more to do. Prints the line that tells the benchmark to read the server's
  // CPU time when the warm-up ends.
  bool tick(std::int64_t now);

  void answered(std::int64_t sent_ns, std::int64_t now) {
    last_answer_ns_ = now;
    if (!counting_) return;
    ++requests_;
    latencies_.record(now - sent_ns);
  }

  bool counting() const { return counting_; }

  // Prints the result as one line of JSON.
  void report() const;

  std::uint64_t broken = 0;   // connections that the server closed or reset
  std::uint64_t corrupt = 0;  // answers that differ from their request
  std::uint64_t lost = 0;     // datagrams without an answer
  std::uint64_t silent = 0;   // connections that got no answer at all while it was counted

 private:
  const Options options_;
  bool counting_ = false;
  bool stalled_ = false;
  std::int64_t begin_ns_;
  std::int64_t end_ns_ = 0;
  std::int64_t last_answer_ns_;
  std::uint64_t requests_ = 0;
  Histogram latencies_;
};

[[noreturn]] void die(const char* what);

// A connected socket of `type`, blocking; exits with a message when the server does not answer.
int connected_socket(const Options& options, int type);

// The bytes of a request: no two neighbours alike, so that a shifted or repeated answer is noticed.
std::vector<char> pattern(std::size_t size);

// Sends `request` on a blocking socket and waits for the same bytes; exits when they do not come.
// Proves that the server has accepted and serves the connection before the next one is opened, so a
// short accept queue does not distort the start.
void exchange_one(int fd, const std::vector<char>& request);

void make_non_blocking(int fd);

// Waits until the benchmark closes our stdin: it reads the server's CPU time and memory meanwhile.
void wait_for_release();

void run_tcp(const Options& options, Measurement& measurement);
void run_udp(const Options& options, Measurement& measurement);

// Opens the connections, lets each echo one message, and keeps them open and idle until released.
void run_idle(const Options& options);

}  // namespace load
