// TCP, as programs ask for it; what arrives is in tcp_input.cpp, what is sent in tcp_output.cpp.
#include "patchbay/net/sim/tcp_socket.hpp"

#include <linux/tcp.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace patchbay::sim {

namespace {

constexpr std::size_t k_most_backlog = 4096;  // net.core.somaxconn
constexpr std::size_t k_ip_header_bytes = 20;
constexpr std::size_t k_ip6_header_bytes = 40;
constexpr std::size_t k_tcp_header_bytes = 32;  // with timestamps
constexpr Duration k_orphan_limit = 60s;        // net.ipv4.tcp_fin_timeout

}  // namespace

TcpSocket::TcpSocket(Stack& stack, SocketSpec spec) : Socket(stack, spec), Alarm(stack.agenda()) {
  take_over_options();
}

// --- addresses -----------------------------------------------------------------------------------

int TcpSocket::claim_port(const IpAddress& address, std::uint16_t port) {
  const Binding binding{
      .socket = this,
      .address = address,
      .port = port,
      .dual = is_v6() && address.is_any() && !options_.is_on(IPPROTO_IPV6, IPV6_V6ONLY),
      // A listener keeps its port to itself, whatever it says of its address.
      .reuse_address = false,
      .reuse_port = options_.is_on(SOL_SOCKET, SO_REUSEPORT)};
  if (const int error = stack_.tcp_ports().claim(binding); error != 0) return error;
  bound_ = true;
  flow_.local = address;
  flow_.local_port = port;
  return 0;
}

int TcpSocket::bind(const sockaddr* address, socklen_t size) {
  if (bound_ || state_ != State::closed) return EINVAL;
  if (size < sizeof(sockaddr_in) || address->sa_family != spec_.family) return EAFNOSUPPORT;
  const Endpoint wanted(address);
  const IpAddress ip = unmapped(wanted.address());
  mapped_ = is_v6() && ip.is_v4();
  if (!ip.is_any() && !stack_.owns(ip)) return EADDRNOTAVAIL;
  const std::uint16_t port = wanted.port() != 0 ? wanted.port() : stack_.tcp_ports().free_port();
  return port == 0 ? EADDRINUSE : claim_port(ip, port);
}

int TcpSocket::listen(int backlog) {
  if (state_ != State::closed && state_ != State::listening) return EINVAL;
  if (!bound_) {
    const IpAddress any = IpAddress::any(is_v6() ? Family::v6 : Family::v4);
    const std::uint16_t port = stack_.tcp_ports().free_port();
    if (port == 0) return EADDRINUSE;
    if (const int error = claim_port(any, port); error != 0) return error;
  }
  state_ = State::listening;
  if (!backlog_) backlog_ = std::make_unique<Backlog>();
  backlog_->limit = std::min(static_cast<std::size_t>(std::max(backlog, 0)), k_most_backlog);
  return 0;
}

// One that no other connection to the same place has.
int TcpSocket::choose_port(const Endpoint& to) {
  flow_.remote_port = to.port();
  constexpr int most_ports = 30'000;  // more than there are
  const int most_tries = bound_ ? 1 : most_ports;
  for (int i = 0; i < most_tries; ++i) {
    if (!bound_) flow_.local_port = stack_.tcp_ports().free_port();
    if (flow_.local_port == 0) break;
    const auto taken = stack_.connections().find(flow_);
    if (taken == stack_.connections().end()) return 0;
    // One that only waits for stragglers may be taken over (net.ipv4.tcp_tw_reuse).
    if (taken->second->state_ != State::time_wait) continue;
    taken->second->end(0);
    return 0;
  }
  return EADDRNOTAVAIL;
}

int TcpSocket::connect(const sockaddr* address, socklen_t size) {
  if (state_ == State::syn_sent || state_ == State::syn_received) return EALREADY;
  if (state_ != State::closed) return EISCONN;
  if (size < sizeof(sockaddr_in) || address->sa_family != spec_.family) return EAFNOSUPPORT;
  // As on Linux, a socket whose connection never came to stand may try for another one.
  error_ = soft_error_ = retries_ = 0;
  round_trip_ = {};
  const Endpoint to(address);
  IpAddress remote = unmapped(to.address());
  mapped_ = is_v6() && remote.is_v4();
  if (remote.is_any()) remote = IpAddress::loopback(remote.family());
  if (const int error = stack_.find_route(remote, nullptr, route_); error != 0) return error;
  if (route_.to == nullptr && !route_.nobody) return ENETUNREACH;  // a group
  if (!bound_ || flow_.local.is_any()) {
    const IpAddress* const source = stack_.source_for(route_, remote.family());
    if (source == nullptr) return ENETUNREACH;
    flow_.local = route_.out->link() == nullptr ? remote : *source;
  }
  flow_.remote = remote;
  if (const int error = choose_port(to); error != 0) return error;
  begin_connection(State::syn_sent);
  send_control(unacknowledged_, true, false);
  sent_until_ = highest_sent_ = unacknowledged_ + 1;
  waiting_since_ = stack_.now();
  retransmit_at_ = stack_.now() + round_trip_.timeout();
  rearm();
  return EINPROGRESS;
}

int TcpSocket::connected() const {
  if (state_ == State::syn_sent || state_ == State::syn_received) return EINPROGRESS;
  return error_;
}

// From here on the connection has a place in the table. Sequence numbers begin by chance, so that
// no straggler of an earlier connection fits.
void TcpSocket::begin_connection(State state) {
  state_ = state;
  stack_.connections().insert_or_assign(flow_, this);
  const std::size_t ip = flow_.remote.is_v6() ? k_ip6_header_bytes : k_ip_header_bytes;
  segment_bytes_ = route_.out->mtu_bytes() - ip - k_tcp_header_bytes;
  congestion_.begin(segment_bytes_);
  unacknowledged_ = sent_until_ = highest_sent_ =
      (std::uint64_t{1} << 32) + (stack_.chance().bits() >> 32);
  first_byte_ = send_begin_ = unacknowledged_ + 1;
  heard_at_ = stack_.now();
}

Result<Endpoint> TcpSocket::local() const {
  return as_seen(spec_.family,
                 flow_.local_port == 0 && !bound_
                     ? IpAddress::any(is_v6() ? Family::v6 : Family::v4)
                     : flow_.local,
                 flow_.local_port);
}

Result<Endpoint> TcpSocket::peer() const {
  if (!is_synchronized()) return Error::from_errno(ENOTCONN, "read the peer's address of");
  return as_seen(spec_.family, flow_.remote, flow_.remote_port);
}

// --- options -------------------------------------------------------------------------------------

void TcpSocket::take_over_options() {
  no_delay_ = options_.is_on(IPPROTO_TCP, TCP_NODELAY);
  keepalive_ = options_.is_on(SOL_SOCKET, SO_KEEPALIVE);
  send_room_ = options_.send_room();
  receive_room_ = options_.receive_room();
  user_timeout_ = std::chrono::milliseconds(options_.number(IPPROTO_TCP, TCP_USER_TIMEOUT));
}

int TcpSocket::set_option(int level, int name, std::span<const std::byte> value) {
  if (level == SOL_SOCKET && name == SO_BINDTODEVICE) {
    const std::string_view wanted(reinterpret_cast<const char*>(value.data()), value.size());
    return stack_.nic(wanted) == nullptr ? ENODEV : 0;
  }
  if (const int error = Socket::set_option(level, name, value); error != 0) return error;
  take_over_options();
  const bool is_of_keepalive =
      (level == SOL_SOCKET && name == SO_KEEPALIVE) ||
      (level == IPPROTO_TCP && (name == TCP_KEEPIDLE || name == TCP_KEEPINTVL));
  if (is_of_keepalive) {
    heard_at_ = stack_.now();  // an interval of keepalive begins
    probe_idle_at_ = Instant::max();
  }
  if (is_synchronized()) output();
  return 0;
}

int TcpSocket::get_option(int level, int name, std::byte* value, unsigned& size) const {
  if (level == SOL_SOCKET && name == SO_ERROR && size >= sizeof error_) {
    size = sizeof error_;
    std::memcpy(value, &error_, size);
    return 0;
  }
  if (level == IPPROTO_TCP && name == TCP_INFO) {
    tcp_info info{};
    if (backlog_) {
      info.tcpi_unacked = static_cast<std::uint32_t>(backlog_->ready.size());
      info.tcpi_sacked = static_cast<std::uint32_t>(backlog_->limit);
    }
    info.tcpi_bytes_acked = send_begin_ - first_byte_;
    size = std::min(size, static_cast<unsigned>(sizeof info));
    std::memcpy(value, &info, size);
    return 0;
  }
  return Socket::get_option(level, name, value, size);
}

// --- reading and writing -------------------------------------------------------------------------

bool TcpSocket::is_readable() const {
  return !receive_queue_.empty() || end_received_ || error_ != 0 || state_ == State::closed ||
         has_client();
}

bool TcpSocket::hung_up() const {
  if (state_ == State::closed) return !flow_.remote.is_any();
  return end_received_ && fin_queued_;
}

// What has arrived comes before the news that nothing more will.
long TcpSocket::read(std::span<std::byte> into) {
  if (!receive_queue_.empty()) {
    const std::size_t count = receive_queue_.take(into);
    offer_more();
    return static_cast<long>(count);
  }
  if (end_received_) return 0;  // and stays so, whatever became of the other direction
  if (error_ != 0) return -std::exchange(error_, 0);
  if (is_synchronized()) return -EAGAIN;
  if (state_ == State::closed && !flow_.remote.is_any()) return 0;  // it was told of its end before
  return -ENOTCONN;
}

long TcpSocket::write(std::span<const std::byte> from) {
  if (error_ != 0) return -std::exchange(error_, 0);
  if (!can_write()) return -EPIPE;
  if (send_queue_.size() >= send_room_) return from.empty() ? 0 : -EAGAIN;
  const std::size_t count = std::min(from.size(), send_room_ - send_queue_.size());
  if (all_delivered()) waiting_since_ = stack_.now();
  send_queue_.append(from.first(count));
  output();
  return static_cast<long>(count);
}

int TcpSocket::shutdown_write() {
  if (!can_write()) return is_synchronized() ? 0 : ENOTCONN;
  if (all_delivered()) waiting_since_ = stack_.now();
  state_ = state_ == State::established ? State::fin_wait_1 : State::last_ack;
  fin_queued_ = true;
  if (end_received_) wake_readers();  // who waits for the end of both
  output();
  return 0;
}

Socket& TcpSocket::take_client() {
  TcpSocket& client = *backlog_->ready.front();
  backlog_->ready.pop_front();
  client.listener_ = nullptr;
  client.has_handle_ = true;
  return client;
}

// --- ends ----------------------------------------------------------------------------------------

void TcpSocket::close() {
  has_handle_ = false;
  switch (state_) {
    case State::closed: return end(0);
    case State::syn_sent: return end(0);
    case State::listening:
      // Half-open ones are forgotten; who believes that he is connected is told otherwise.
      for (TcpSocket* const client : std::exchange(backlog_->half_open, {})) client->vanish();
      for (TcpSocket* const client : std::exchange(backlog_->ready, {})) {
        client->send_reset();
        client->vanish();
      }
      return end(0);
    case State::time_wait: return;
    default: break;
  }
  // Linux resets a connection whose last bytes nobody wanted to read.
  const bool unread = !receive_queue_.empty();
  if (unread || options_.resets_on_close() || state_ == State::syn_received) {
    send_reset();
    return end(0);
  }
  if (can_write()) shutdown_write();
  if (state_ == State::fin_wait_2) give_up_at_ = stack_.now() + k_orphan_limit;
  rearm();
}

void TcpSocket::reset() {
  send_reset();
  end(ECONNRESET);
}

void TcpSocket::vanish() {
  has_handle_ = false;
  if (backlog_) backlog_.reset();
  listener_ = nullptr;
  end(0);
}

// The connection is no more; with an error whoever uses the socket hears of it.
void TcpSocket::end(int error) {
  const bool was_connecting = state_ == State::syn_sent;
  forget_flow();
  state_ = State::closed;
  error_ = error;
  early_.clear();
  send_queue_.clear();
  retransmit_at_ = probe_window_at_ = acknowledge_at_ = probe_idle_at_ = give_up_at_ =
      Instant::max();
  cancel();
  if (listener_ != nullptr) {
    std::exchange(listener_, nullptr)->forget_client(*this);
    has_handle_ = false;
  }
  if (!has_handle_) {
    receive_queue_.clear();
    if (idle()) stack_.retire(*this);
    return;
  }
  if (was_connecting && error == 0) error_ = ECONNABORTED;
  wake_readers();
  wake_writers();
}

void TcpSocket::forget_flow() {
  if (std::exchange(bound_, false)) stack_.tcp_ports().release(*this, flow_.local_port);
  const auto found = stack_.connections().find(flow_);
  if (found != stack_.connections().end() && found->second == this) {
    stack_.connections().erase(found);
  }
}

void TcpSocket::forget_client(TcpSocket& client) {
  std::erase(backlog_->half_open, &client);
  std::erase(backlog_->ready, &client);
}

void TcpSocket::rest() {
  if (state_ == State::closed && !has_handle_) stack_.retire(*this);
}

}  // namespace patchbay::sim
