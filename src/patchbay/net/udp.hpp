// UDP: sockets that send to and hear from many peers, or are connected to one.
#pragma once

#include "patchbay/net/datagram_socket.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/net/udp_options.hpp"

namespace patchbay {

class UdpSocket : public IpDatagramSocket {
 public:
  // Port 0: the kernel chooses, and local() tells which. Faults: system (EADDRINUSE,
  // EADDRNOTAVAIL), permission.
  static Result<UdpSocket> bind(const Endpoint& local, const UdpOptions& options = {});
  // "127.0.0.1:53", as Endpoint::parse() reads it.
  static Result<UdpSocket> bind(std::string_view local, const UdpOptions& options = {});

  // A socket on a port of the kernel's choice, connected to `peer`. Nothing is sent: whether
  // anybody is there only an answer tells, or `refused` at a later send or receive.
  static Result<UdpSocket> connected_to(const Endpoint& peer, const UdpOptions& options = {});
  // By name: the first address that there is a route to. Faults: resolve, unreachable, timed_out.
  static Task<Result<UdpSocket>> connected_to(HostPort peer, UdpOptions options = {},
                                              Deadline deadline = {});
  // "host:53", as HostPort::parse() reads it.
  static Task<Result<UdpSocket>> connected_to(std::string peer, Deadline deadline);

  Family family() const { return family_; }
  Result<> set(const IpOptions& options) {
    return apply(port(), handle(), family_, options, dual_);
  }
  Result<UdpSettings> settings() const { return read_udp_settings(port(), handle(), family_); }
  Result<> join(const Membership& membership) {
    return patchbay::join(port(), handle(), membership);
  }
  Result<> leave(const Membership& membership) {
    return patchbay::leave(port(), handle(), membership);
  }

 private:
  UdpSocket(Port& port, int handle, Family family, bool dual)
      : IpDatagramSocket(port, handle), family_(family), dual_(dual) {}

  Family family_;
  bool dual_;
};

}  // namespace patchbay
