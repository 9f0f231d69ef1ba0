// EpollEngine: the default engine. A socket is registered once, edge-triggered; every operation
// tries its system call first; what an event said is remembered until a call contradicts it.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "patchbay/net/engine.hpp"

namespace patchbay {

class DatagramBatch;

class EpollEngine final : public Engine {
 public:
  static Result<std::unique_ptr<EpollEngine>> make();
  ~EpollEngine() override;

  std::string_view name() const override { return "epoll"; }
  Capabilities capabilities() const override;
  void attach(ReadyQueue& ready, Counters& counters) override;

  Instant now() override;
  std::chrono::system_clock::time_point wall_clock() override;
  std::uint64_t random_bits() override;

  Result<int> open(SocketSpec spec) override;
  Result<> bind(int handle, const sockaddr* address, socklen_t size) override;
  Result<> listen(int handle, int backlog) override;
  Result<int> adopt(int opened) override;
  Result<std::vector<Interface>> interfaces() override;

  bool attempt(Op& op) override;
  void park(Op& op) override;
  void withdraw(Op& op) override;
  void close(int handle) override;
  Result<Endpoint> local(int handle) const override;
  Result<Endpoint> peer(int handle) const override;
  Result<> set_option(int handle, int level, int name, const void* value, unsigned size) override;
  Result<> get_option(int handle, int level, int name, void* value, unsigned& size) const override;
  Result<std::span<std::byte>> map(int handle, std::size_t bytes) override;

  void wait(Instant until) override;
  void wake() override;

  // For SocketBeside, which says what they do. Sending may be done on any thread: of the engine it
  // looks at nothing but the handle.
  void send_beside(int handle, DatagramBatch& batch, Duration most_blocked) const;
  std::function<void()> begin_close(int handle);

 private:
  // What is known of a descriptor. `readable` and `writable` mean "a call may succeed"; they are
  // cleared when a call says otherwise. `ended` stays: after a hang-up, or with urgent data on the
  // way, a short read does not mean that the socket is drained, and no further edge will come.
  struct Socket {
    Op* readers = nullptr;
    Op* writers = nullptr;
    unsigned generation = 0;  // of those that had this descriptor one after the other
    bool open : 1 = false;
    bool readable : 1 = false;
    bool writable : 1 = false;
    bool ended : 1 = false;
    bool peer_ended : 1 = false;  // it sends no more; this and the next stay for good
    bool hung_up : 1 = false;     // by a reset, or both sides have ended
    bool has_errors : 1 = false;  // the error queue may hold something
    bool registered : 1 = false;
    bool watches_writes : 1 = false;
    bool is_tcp : 1 = false;
    bool is_socket : 1 = false;
    bool is_adopted : 1 = false;
    bool always_ready : 1 = false;  // a regular file, which epoll does not take
  };

  EpollEngine(int poll_descriptor, int wake_descriptor, int timer_descriptor);

  // A handle is a descriptor and the generation of the socket behind it, so that one which outlived
  // its socket is noticed, and never means the next socket with that descriptor.
  static constexpr int k_descriptor_bits = 20;  // fs.nr_open is 2^20 unless somebody raised it
  static constexpr int k_descriptors = 1 << k_descriptor_bits;
  static constexpr unsigned k_generations = 1U << (31 - k_descriptor_bits);

  static int descriptor(int handle) { return handle & (k_descriptors - 1); }
  static unsigned generation(int handle) {
    return static_cast<unsigned>(handle) >> k_descriptor_bits;
  }
  Socket& socket(int handle) { return sockets_[static_cast<std::size_t>(descriptor(handle))]; }
  static bool is_current(const Socket& socket, int handle) {
    return socket.open && socket.generation == generation(handle);
  }
  bool is_stale(int handle) const {
    return !is_current(sockets_[static_cast<std::size_t>(descriptor(handle))], handle);
  }
  using AddressCall = int (*)(int, sockaddr*, socklen_t*);
  Result<Endpoint> ask_address(int handle, AddressCall call, const char* operation) const;
  // Begins to keep book of a descriptor and returns its handle; refuses one beyond k_descriptors.
  Result<int> add(int opened, bool is_tcp);
  bool register_socket(int handle, Socket& socket, bool with_writes);
  void park_starved(Op& op);
  int wait_for_events(Instant until);
  void set_timer(Instant until);
  void dispatch(const epoll_event& event);
  void release_all(Op*& list);
  void forget(int handle, bool stays_open);

  bool attempt_accept(Op& op, Socket& socket);
  bool attempt_connect(Op& op, Socket& socket);
  bool attempt_read(Op& op, Socket& socket);
  bool attempt_read_all(Op& op, Socket& socket);
  bool attempt_receive(Op& op, Socket& socket);
  bool attempt_write(Op& op, Socket& socket);
  bool attempt_write_pieces(Op& op, Socket& socket);
  bool attempt_send_file(Op& op, Socket& socket);
  bool attempt_receive_batch(Op& op, Socket& socket);
  bool attempt_send_batch(Op& op, Socket& socket);
  bool attempt_receive_error(Op& op, Socket& socket);
  ssize_t read_some(Socket& socket, int handle, std::byte* data, std::size_t size);
  ssize_t write_some(Socket& socket, int handle, const std::byte* data, std::size_t size,
                     int flags);

  int poll_descriptor_;
  int wake_descriptor_;
  int timer_descriptor_;
  Instant timer_set_for_ = Instant::max();
  std::vector<epoll_event> events_;  // as many as one wait may report
  Instant now_{};
  ReadyQueue* ready_ = nullptr;
  Counters* counters_ = nullptr;
  std::vector<Socket> sockets_;  // by descriptor
  std::vector<std::uint64_t> random_;
  Op* starved_ = nullptr;  // of accepts without a descriptor, and what epoll had no memory for
  Instant starved_retry_at_{};
  bool told_of_starvation_ = false;
};

}  // namespace patchbay
