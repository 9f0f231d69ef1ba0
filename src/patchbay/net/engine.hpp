// Engine: the seam to the world. Everything that net/ asks of a kernel, or of a simulated network
// in its place, goes through these functions; nothing else in net/ makes a system call on a socket.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "patchbay/base/time.hpp"
#include "patchbay/net/interface.hpp"
#include "patchbay/net/op.hpp"

namespace patchbay {

// What only some engines have. The conformance tests print who lacks what.
struct Capabilities {
  bool foreign_descriptors = false;   // adopt(): pipes, terminals, signals, a library's own sockets
  bool error_queue = false;           // ICMP errors by datagram
  bool segmentation_offload = false;  // UDP GSO and GRO
  bool unix_sockets = false;          // connections within the host, by a path
  bool peer_credentials = false;      // who is at the other end of one
  bool packet_sockets = false;
  bool packet_rings = false;  // which share memory with a kernel: map()
  bool raw_sockets = false;
  bool threads = false;  // wake() from another thread; blocking work in a pool
};

// What the loop and its engine did since the start; printed by --stats.
struct Counters {
  std::uint64_t syscalls = 0;  // by the engine: waits, attempts, option calls
  std::uint64_t wakeups = 0;   // returns from a wait
  std::uint64_t events = 0;    // sockets reported by those
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t resumed = 0;  // tasks resumed by the loop
  std::uint64_t timers_fired = 0;

  std::uint64_t bytes() const { return bytes_in + bytes_out; }
};

struct SocketSpec {
  int family;    // AF_INET, AF_INET6, AF_UNIX, AF_PACKET
  int type;      // SOCK_STREAM, SOCK_DGRAM, SOCK_RAW
  int protocol;  // 0, or as socket(2)
};

class Engine : public Port {
 public:
  virtual std::string_view name() const = 0;
  virtual Capabilities capabilities() const = 0;

  // The queue that ops which are worth an attempt are pushed to, and the counters to keep. Called
  // once, by the loop, before anything else.
  virtual void attach(ReadyQueue& ready, Counters& counters) = 0;

  virtual Instant now() = 0;
  virtual std::chrono::system_clock::time_point wall_clock() = 0;
  virtual std::uint64_t random_bits() = 0;

  virtual Result<int> open(SocketSpec spec) = 0;
  virtual Result<> bind(int handle, const sockaddr* address, socklen_t size) = 0;
  virtual Result<> listen(int handle, int backlog) = 0;
  // Takes over a descriptor that was opened elsewhere and closes it at the end. The handle is not
  // the descriptor. A pipe or a terminal gets O_NONBLOCK, for all who hold the same
  // open file. A socket is left as it is, and read and written without blocking all the same; to
  // accept() or send_file() by it, whoever opened it sets the flag.
  virtual Result<int> adopt(int opened) = 0;
  virtual Result<std::vector<Interface>> interfaces() = 0;

  // Blocks until an op is ready, wake() is called or `until` has come.
  virtual void wait(Instant until) = 0;
  // The only function that another thread may call.
  virtual void wake() = 0;
};

}  // namespace patchbay
