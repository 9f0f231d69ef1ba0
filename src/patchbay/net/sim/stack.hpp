// Stack: the part of a host that a kernel would be. It owns the sockets, knows the ways to other
// hosts, and hands what arrives to the socket that it is for.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "patchbay/net/impairment.hpp"
#include "patchbay/net/sim/event_log.hpp"
#include "patchbay/net/sim/flow.hpp"
#include "patchbay/net/sim/host_faults.hpp"
#include "patchbay/net/sim/nic.hpp"
#include "patchbay/net/sim/packet.hpp"
#include "patchbay/net/sim/port_table.hpp"
#include "patchbay/net/sim/socket.hpp"

namespace patchbay::sim {

class Host;
class PacketSocket;
class RawSocket;
class TcpSocket;
class UdpSocket;
class UnixSocket;
class World;

// By which interface, and to whom there: to everybody if that is null.
struct Route {
  Nic* out = nullptr;
  Nic* to = nullptr;
  bool nobody = false;  // the network is known, and no host there has the address
};

class Stack {
 public:
  Stack(World& world, Host& host, std::uint64_t id, std::uint64_t seed);
  ~Stack();
  Stack(const Stack&) = delete;
  Stack& operator=(const Stack&) = delete;

  // --- interfaces and ways ---------------------------------------------------------------------
  Nic& add_nic(Interface interface, Link* link);
  // It is this host's, with or without a link that leads there.
  void add_address(const IpAddress& address) { addresses_.push_back(address); }
  std::deque<Nic>& nics() { return nics_; }
  Nic* nic(std::uint32_t index);
  Nic* nic(std::string_view name);
  bool owns(const IpAddress& address) const;
  // The link to somebody has changed.
  void forget_routes() { routes_.clear(); }
  // 0, or ENETUNREACH. With `only` by that interface alone.
  int find_route(const IpAddress& destination, Nic* only, Route& route);
  // Where what is for groups leaves when nobody has chosen; null without any interface.
  Nic* nic_for_groups();
  Nic* nic_for_broadcast(const IpAddress& address);
  bool is_broadcast(const IpAddress& address) const;
  // The address to send from when nobody has chosen one; null if there is none of that family.
  const IpAddress* source_for(const Route& route, Family family);

  // --- packets ---------------------------------------------------------------------------------
  PacketPointer make_packet(std::size_t payload_bytes);
  void send(const Route& route, PacketPointer packet);
  // To everybody on the link of `out`, and to this host's own sockets if it `loops`.
  void send_to_group(Nic& out, PacketPointer packet, bool loops, bool leaves);
  // What a packet socket wrote, link's header and all.
  void send_frame(Nic& out, PacketPointer packet);
  void receive(PacketPointer packet, Nic& by);
  // Shows it to the packet sockets.
  void tap(const Packet& packet, Nic& nic, bool outgoing);
  // Tells the sender that this did not arrive.
  void report_unreachable(const Packet& packet, int error);

  // --- sockets ---------------------------------------------------------------------------------
  Socket& own(std::unique_ptr<Socket> socket);
  // It has nothing to do any more; reap() destroys it, when nothing of it is running.
  void retire(Socket& socket);
  void reap();
  // All sockets end without a word.
  void lose_power();
  void regain_power() { dead_ = false; }
  bool is_dead() const { return dead_; }
  // Any one that stands. False: there is none.
  bool reset_connection();

  PortTable& tcp_ports() { return tcp_ports_; }
  PortTable& udp_ports() { return udp_ports_; }
  std::unordered_map<Flow, TcpSocket*, FlowHash>& connections() { return connections_; }
  std::vector<PacketSocket*>& packet_sockets() { return packet_sockets_; }
  std::unordered_map<std::string, UnixSocket*>& unix_names() { return unix_names_; }

  // --- the world as sockets see it ---------------------------------------------------------------
  Agenda& agenda();
  Instant now() const;
  std::chrono::system_clock::time_point wall_clock() const;
  Chance& chance() { return chance_; }
  HostFaults& faults() { return faults_; }
  // It is worth another attempt, in the host's next turn.
  void make_ready(Op& op);
  // For the event log.
  void note(std::uint64_t what, std::uint64_t detail);

 private:
  void receive_tcp(PacketPointer packet);
  void receive_udp(PacketPointer packet, Nic& by);
  void receive_group(const Packet& packet, Nic& by);
  void receive_unreachable(const Packet& packet);
  void receive_frame(const Packet& packet, Nic& by);
  TcpSocket* listener_for(const Packet& packet);
  void refuse(const Packet& packet);
  void note(const Packet& packet);
  Route look_up(const IpAddress& destination, Nic* only);

  World& world_;
  Host& host_;
  const std::uint64_t id_;
  Chance chance_;
  HostFaults faults_;
  bool dead_ = false;
  std::deque<Nic> nics_;
  std::vector<IpAddress> addresses_;
  std::unordered_map<IpAddress, Route, FlowHash> routes_;

  std::vector<std::unique_ptr<Socket>> sockets_;
  std::vector<Socket*> retired_;
  std::vector<TcpSocket*> scratch_;
  PortTable tcp_ports_;
  PortTable udp_ports_;
  std::unordered_map<Flow, TcpSocket*, FlowHash> connections_;
  std::vector<PacketSocket*> packet_sockets_;
  std::unordered_map<std::string, UnixSocket*> unix_names_;
};

}  // namespace patchbay::sim
