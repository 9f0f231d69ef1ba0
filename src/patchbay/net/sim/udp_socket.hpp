// UdpSocket: datagrams to one, to everybody on a link, or to a group.
#pragma once

#include <optional>

#include "patchbay/net/datagram_metadata.hpp"
#include "patchbay/net/sim/membership_table.hpp"
#include "patchbay/net/sim/socket.hpp"
#include "patchbay/net/sim/stack.hpp"

namespace patchbay::sim {

class UdpSocket final : public Socket {
 public:
  UdpSocket(Stack& stack, SocketSpec spec) : Socket(stack, spec) {}

  int bind(const sockaddr* address, socklen_t size) override;
  int connect(const sockaddr* address, socklen_t size) override;
  long receive_message(mmsghdr& into) override;
  long send_message(const mmsghdr& from) override;
  bool is_readable() const override { return !queue_.empty() || error_ != 0; }
  Result<Endpoint> local() const override;
  Result<Endpoint> peer() const override;
  int set_option(int level, int name, std::span<const std::byte> value) override;
  int get_option(int level, int name, std::byte* value, unsigned& size) const override;
  void close() override;
  void vanish() override { close(); }

  // How well a datagram fits: 0 for not at all; a connected socket before one that hears everybody.
  int fit(const Binding& binding, const Packet& packet, const Nic& by) const;
  // Is it one of those that hear a broadcast or a group?
  bool hears(const Binding& binding, const Packet& packet, const Nic& by) const;
  void receive(PacketPointer packet);
  // What it sent there did not arrive. Only a connected socket is told, and once.
  void unreachable(const Packet& notice);
  bool shares_port() const { return options_.is_on(SOL_SOCKET, SO_REUSEPORT); }

 private:
  // Where a datagram goes, and with what.
  struct Sending {
    IpAddress to;
    std::uint16_t port = 0;
    IpAddress source;  // or any
    Nic* out = nullptr;
    int hop_limit = 0;
    int traffic_class = 0;
    bool to_group = false;
    Route route;
  };

  int claim(const IpAddress& address, std::uint16_t port);
  int claim_any_port();
  int choose(const mmsghdr& from, Sending& sending) const;
  int choose_route(Sending& sending) const;
  int check_size(const Sending& sending, std::size_t bytes) const;
  void emit(const Sending& sending, std::span<const std::byte> bytes);
  DatagramMetadata metadata_of(const Packet& packet) const;
  bool is_asked(int v4_option, int v6_option) const {
    return options_.is_on(IPPROTO_IP, v4_option) || options_.is_on(IPPROTO_IPV6, v6_option);
  }

  bool bound_ = false;
  bool connected_ = false;
  int error_ = 0;
  std::uint32_t dropped_ = 0;
  Flow flow_;
  Route route_;          // of a connected one
  Nic* only_ = nullptr;  // SO_BINDTODEVICE
  std::uint32_t group_interface_ = 0;
  MembershipTable memberships_;
  PacketQueue queue_;
  std::size_t held_bytes_ = 0;  // by the queue, bookkeeping and all
};

}  // namespace patchbay::sim
