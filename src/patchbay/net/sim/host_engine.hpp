// HostEngine: an Engine whose sockets are those of a simulated host. What EpollEngine asks a kernel
// for, this asks the host's Stack for.
#pragma once

#include <memory>
#include <vector>

#include "patchbay/net/engine.hpp"
#include "patchbay/net/sim/alarm.hpp"
#include "patchbay/net/sim/socket.hpp"

namespace patchbay::sim {

class Host;
class World;

class HostEngine final : public Engine, private Alarm {
 public:
  explicit HostEngine(Host& host);
  ~HostEngine() override;

  std::string_view name() const override { return "simulated"; }
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

  void wait(Instant until) override;
  void wake() override {}  // there is no other thread

  // --- for the host ------------------------------------------------------------------------------
  void make_ready(Op& op) { ready_->push(op); }
  // Accepts that found no descriptor left try again, if there is one now.
  void retry_starved();
  // The host has lost its power: all handles are closed.
  void close_all();
  // Of a loop that is all there is in its world.
  void keep(std::unique_ptr<World> world);

 private:
  // A handle is a place in the table and the generation of the socket there, so that one which
  // outlived its socket is noticed.
  static constexpr int k_place_bits = 20;
  static constexpr unsigned k_generations = 1U << (31 - k_place_bits);
  struct Place {
    Socket* socket = nullptr;
    unsigned generation = 0;
  };

  static std::size_t place_of(int handle) {
    return static_cast<std::size_t>(handle & ((1 << k_place_bits) - 1));
  }
  Socket* find(int handle) const;
  bool is_full() const;
  int add(Socket& socket);

  bool attempt_accept(Op& op, Socket& socket);
  bool attempt_connect(Op& op, Socket& socket);
  bool attempt_read(Op& op, Socket& socket);
  bool attempt_receive(Op& op, Socket& socket);
  bool attempt_read_all(Op& op, Socket& socket);
  bool attempt_write(Op& op, Socket& socket);
  bool attempt_write_pieces(Op& op, Socket& socket);
  bool attempt_send_file(Op& op, Socket& socket);
  bool attempt_receive_batch(Op& op, Socket& socket);
  bool attempt_send_batch(Op& op, Socket& socket);
  long read_some(Socket& socket, std::span<std::byte> into);
  long write_some(Socket& socket, std::span<const std::byte> from);
  std::size_t ration(std::size_t wanted);
  void ring() override;

  std::unique_ptr<World> world_;  // of a lone host
  Host* host_;
  ReadyQueue* ready_ = nullptr;
  Counters* counters_ = nullptr;
  std::vector<Place> places_;
  std::vector<std::size_t> free_places_;
  std::size_t open_ = 0;
  Op* starved_ = nullptr;  // accepts that found no descriptor left
  bool told_of_starvation_ = false;
  bool cut_short_ = false;  // by a fault: the op has only to try again
  // What a slow reader may still take now, and since when that is so.
  std::uint64_t ration_bytes_ = 0;
  Instant rationed_at_{};
};

}  // namespace patchbay::sim
