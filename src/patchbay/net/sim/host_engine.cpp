#include "patchbay/net/sim/host_engine.hpp"

#include <netinet/tcp.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "patchbay/net/sim/host.hpp"
#include "patchbay/net/sim/packet_socket.hpp"
#include "patchbay/net/sim/tcp_socket.hpp"
#include "patchbay/net/sim/udp_socket.hpp"
#include "patchbay/net/sim/unix_socket.hpp"
#include "patchbay/net/sim/world.hpp"

namespace patchbay::sim {

namespace {

// How long it may rightly take a connection with these options to give its peer up.
Duration longest_silence(const Socket& socket) {
  const auto number = [&](int name) {
    return static_cast<std::int64_t>(socket.options().number(IPPROTO_TCP, name));
  };
  const std::chrono::seconds probed(number(TCP_KEEPIDLE) +
                                    number(TCP_KEEPINTVL) * number(TCP_KEEPCNT));
  return std::max<Duration>(probed, std::chrono::milliseconds(number(TCP_USER_TIMEOUT)));
}

}  // namespace

HostEngine::HostEngine(Host& host) : Alarm(host.world().agenda()), host_(&host) {}

HostEngine::~HostEngine() = default;

Capabilities HostEngine::capabilities() const {
  return {.unix_sockets = true, .packet_sockets = true};
}

void HostEngine::attach(ReadyQueue& ready, Counters& counters) {
  ready_ = &ready;
  counters_ = &counters;
}

void HostEngine::keep(std::unique_ptr<World> world) { world_ = std::move(world); }

Instant HostEngine::now() { return host_->world().now(); }
std::chrono::system_clock::time_point HostEngine::wall_clock() {
  return host_->world().wall_clock();
}
std::uint64_t HostEngine::random_bits() { return host_->stack().chance().bits(); }
void HostEngine::wait(Instant until) {
  ++counters_->wakeups;
  host_->wait(until);
}

// --- the table of sockets ------------------------------------------------------------------------

Socket* HostEngine::find(int handle) const {
  const std::size_t place = place_of(handle);
  if (handle < 0 || place >= places_.size()) return nullptr;
  const Place& found = places_[place];
  return found.generation == static_cast<unsigned>(handle) >> k_place_bits ? found.socket : nullptr;
}

bool HostEngine::is_full() const {
  return open_ >= std::min(host_->stack().faults().descriptors, std::size_t{1} << k_place_bits);
}

int HostEngine::add(Socket& socket) {
  if (free_places_.empty()) {
    free_places_.push_back(places_.size());
    places_.emplace_back();
  }
  const std::size_t place = free_places_.back();
  free_places_.pop_back();
  ++open_;
  Place& used = places_[place];
  used.socket = &socket;
  used.generation = (used.generation + 1) % k_generations;
  return static_cast<int>(static_cast<unsigned>(place) | used.generation << k_place_bits);
}

Result<int> HostEngine::open(SocketSpec spec) {
  Stack& stack = host_->stack();
  if (is_full()) return Error::from_errno(EMFILE, "open a socket");
  if (stack.is_dead()) return Error::from_errno(ENETDOWN, "open a socket");
  const bool is_ip = spec.family == AF_INET || spec.family == AF_INET6;
  if (is_ip && spec.type == SOCK_STREAM) {
    return add(stack.own(std::make_unique<TcpSocket>(stack, spec)));
  }
  if (is_ip && spec.type == SOCK_DGRAM && (spec.protocol == 0 || spec.protocol == IPPROTO_UDP)) {
    return add(stack.own(std::make_unique<UdpSocket>(stack, spec)));
  }
  if (spec.family == AF_UNIX && spec.type == SOCK_STREAM) {
    return add(stack.own(std::make_unique<UnixSocket>(stack, spec)));
  }
  if (spec.family == AF_PACKET) {
    return add(stack.own(std::make_unique<PacketSocket>(stack, spec)));
  }
  return Error::from_errno(EPROTONOSUPPORT, "open a socket");
}

void HostEngine::close(int handle) {
  Socket* const socket = find(handle);
  if (socket == nullptr) return;
  socket->end_waiting();
  const std::size_t place = place_of(handle);
  places_[place].socket = nullptr;
  free_places_.push_back(place);
  --open_;
  socket->close();
  retry_starved();
}

void HostEngine::retry_starved() {
  if (is_full()) return;
  while (starved_ != nullptr) host_->make_ready(*std::exchange(starved_, starved_->next_in_queue));
}

void HostEngine::close_all() {
  for (std::size_t place = 0; place < places_.size(); ++place) {
    if (places_[place].socket == nullptr) continue;
    places_[place].socket = nullptr;
    free_places_.push_back(place);
  }
  open_ = 0;
  while (starved_ != nullptr) starved_->end(Outcome::closed);
}

Result<> HostEngine::bind(int handle, const sockaddr* address, socklen_t size) {
  Socket* const socket = find(handle);
  if (socket == nullptr) return Error(Fault::closed, "bind to");
  const int error = socket->bind(address, size);
  if (error == 0) return ok();
  return Error::from_errno(error, "bind to").about(describe_native(address, size));
}

Result<> HostEngine::listen(int handle, int backlog) {
  Socket* const socket = find(handle);
  if (socket == nullptr) return Error(Fault::closed, "listen on");
  const int error = socket->listen(backlog);
  return error == 0 ? ok() : Error::from_errno(error, "listen on");
}

Result<int> HostEngine::adopt(int) {
  return Error(Fault::system, "use a descriptor", "a simulated host has none of this system's");
}

Result<std::vector<Interface>> HostEngine::interfaces() {
  std::vector<Interface> found;
  for (const Nic& nic : host_->stack().nics()) found.push_back(nic.interface());
  return found;
}

Result<Endpoint> HostEngine::local(int handle) const {
  const Socket* const socket = find(handle);
  if (socket == nullptr) return Error(Fault::closed, "read the local address of");
  return socket->local();
}

Result<Endpoint> HostEngine::peer(int handle) const {
  const Socket* const socket = find(handle);
  if (socket == nullptr) return Error(Fault::closed, "read the peer's address of");
  return socket->peer();
}

Result<> HostEngine::set_option(int handle, int level, int name, const void* value, unsigned size) {
  Socket* const socket = find(handle);
  if (socket == nullptr) return Error(Fault::closed, "set an option of");
  const auto* const bytes = static_cast<const std::byte*>(value);
  const int error = socket->set_option(level, name, {bytes, size});
  if (error != 0) return Error::from_errno(error, "set an option of");
  if (level == IPPROTO_TCP) host_->world().expect_silence(longest_silence(*socket));
  return ok();
}

Result<> HostEngine::get_option(int handle, int level, int name, void* value,
                                unsigned& size) const {
  const Socket* const socket = find(handle);
  if (socket == nullptr) return Error(Fault::closed, "read an option of");
  const int error = socket->get_option(level, name, static_cast<std::byte*>(value), size);
  return error == 0 ? ok() : Error::from_errno(error, "read an option of");
}

// --- operations that wait ------------------------------------------------------------------------

void HostEngine::park(Op& op) {
  if (op.kind == OpKind::accept && op.error != 0) {
    op.error = 0;
    op.next_in_queue = std::exchange(starved_, &op);
    return;
  }
  if (std::exchange(cut_short_, false)) return host_->make_ready(op);
  find(op.handle)->park(op);
}

void HostEngine::withdraw(Op& op) {
  for (Op** link = &starved_; *link != nullptr; link = &(*link)->next_in_queue) {
    if (*link != &op) continue;
    *link = op.next_in_queue;
    return;
  }
  if (Socket* const socket = find(op.handle); socket != nullptr) socket->withdraw(op);
}

}  // namespace patchbay::sim
