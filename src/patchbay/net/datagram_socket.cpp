#include "patchbay/net/datagram_socket.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>

#include "patchbay/net/options.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_ip_header_bytes = 20;
constexpr std::size_t k_ip6_header_bytes = 40;
constexpr std::size_t k_udp_header_bytes = 8;
constexpr std::size_t k_most_bytes = 65535;

// What fits into one datagram on the way to the peer, as far as it is known: the path's MTU of a
// connected socket, or what the length fields can express.
std::size_t most_that_fits(Port& port, int handle, const Endpoint& to, bool connected) {
  const bool v6 = to.family() == Family::v6;
  const bool raw = get_option(port, handle, SOL_SOCKET, SO_TYPE).value_or(0) == SOCK_RAW;
  const std::size_t own = raw ? 0 : k_udp_header_bytes;
  const std::size_t headers = (v6 ? k_ip6_header_bytes : k_ip_header_bytes) + own;
  // The payload length of IPv6 does not count its own header (RFC 8200 3).
  const std::size_t format = k_most_bytes - (v6 ? own : headers);
  if (!connected) return format;
  const auto mtu = get_option(port, handle, v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_MTU : IP_MTU);
  if (!mtu || *mtu <= static_cast<int>(headers)) return format;
  return std::min(format, static_cast<std::size_t>(*mtu) - headers);
}

Error too_large(const Error& error, std::size_t size, std::size_t most, const Endpoint& to) {
  if (size <= most) {
    return error.about(fmt::format("{} ({} bytes)", to.to_string(), size))
        .because("it does not fit the path's MTU, and fragmenting is off")
        .advising("send less, or allow fragments (Fragmentation::allow)");
  }
  return error.about(fmt::format("{} ({} bytes; {} fit)", to.to_string(), size, most))
      .because("it is larger than a datagram can be on this path")
      .advising("send less at a time; 1,200 bytes pass nearly everywhere");
}

Result<> connect_at_once(Port& port, int handle, sockaddr* to, socklen_t size) {
  Op connecting(OpKind::connect, &port, handle, {},
                {reinterpret_cast<std::byte*>(to), static_cast<std::size_t>(size)});
  // A datagram socket only notes the address: there is nobody to wait for.
  if (!port.attempt(connecting)) return Error::from_errno(EINPROGRESS, "connect to");
  if (connecting.outcome == Outcome::ok) return ok();
  return Error::from_errno(connecting.error, "connect to");
}

}  // namespace

Result<std::size_t> SendBatchOp::await_resume() const {
  if (succeeded()) return done;
  if (outcome != Outcome::failed) return failure();
  auto& batch = *static_cast<DatagramBatch*>(argument);
  const std::size_t index = batch.first_refused();
  const Error refusal = Error::from_errno(error, operation_name(kind));
  switch (batch.peer_family(index)) {
    case AF_INET:
    case AF_INET6: {
      const Endpoint to = batch[index].peer();
      if (error != EMSGSIZE) return refusal.about(to.to_string());
      const std::size_t most = most_that_fits(*port, handle, to, false);
      return too_large(refusal, batch[index].bytes().size(), most, to);
    }
    case AF_PACKET: return explain_frame(refusal).about(batch[index].link().to_string());
    default: return failure();
  }
}

std::string DatagramSocket::local_name() const {
  const auto endpoint = local();
  return endpoint ? endpoint->to_string() : "(unknown)";
}

Result<Datagram> ReceiveDatagramOp::await_resume() {
  if (!succeeded()) return failure();
  const BatchedDatagram received = batch()[0];
  return Datagram{received.bytes().size(), received.peer(), received.truncated(), received.bytes()};
}

bool SendDatagramOp::await_ready() {
  batch_.emplace(slot_, std::span<std::byte>());
  batch_->set_single(bytes_);
  if (!to_peer_) batch_->set_single_peer(to_);
  argument = &*batch_;
  return Op::await_ready();
}

Result<> SendDatagramOp::await_resume() const {
  if (succeeded()) return ok();
  if (outcome != Outcome::failed) return failure();
  Endpoint to = to_;
  if (to_peer_) {
    const auto peer = port->peer(handle);
    if (!peer) return failure();
    to = *peer;
  }
  const Error refusal = Error::from_errno(error, operation_name(kind));
  if (error != EMSGSIZE) return refusal.about(to.to_string());
  return too_large(refusal, bytes_.size(), most_that_fits(*port, handle, to, to_peer_), to);
}

Result<ErrorReport> ReceiveErrorOp::await_resume() {
  if (!succeeded()) return failure();
  auto report = parse_error_report(batch_->received_control(0));
  // Timestamps of sent packets come this way too, but nothing here asks for them.
  if (!report) return Error(Fault::protocol, operation_name(kind), "the entry is no error report");
  report->destination = (*batch_)[0].peer();
  report->size = (*batch_)[0].bytes().size();
  return *report;
}

Result<> IpDatagramSocket::connect(const Endpoint& peer) {
  Endpoint to = peer;
  const auto connected = connect_at_once(port(), handle(), to.native(), to.native_size());
  if (connected) return connected;
  return connected.error().about(peer.to_string());
}

Result<> IpDatagramSocket::disconnect() {
  sockaddr nobody{};
  nobody.sa_family = AF_UNSPEC;
  return connect_at_once(port(), handle(), &nobody, sizeof nobody);
}

}  // namespace patchbay
