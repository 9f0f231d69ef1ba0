#include "patchbay/net/sim/stack.hpp"

#include <linux/if_packet.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "patchbay/net/sim/frame.hpp"
#include "patchbay/net/sim/host.hpp"
#include "patchbay/net/sim/link.hpp"
#include "patchbay/net/sim/packet_socket.hpp"
#include "patchbay/net/sim/tcp_socket.hpp"
#include "patchbay/net/sim/udp_socket.hpp"
#include "patchbay/net/sim/world.hpp"

namespace patchbay::sim {

namespace {
// How long Linux asks for a neighbour that does not exist: three times, a second apart.
constexpr Duration k_neighbour_timeout = 3s;
}  // namespace

Stack::Stack(World& world, Host& host, std::uint64_t id, std::uint64_t seed)
    : world_(world), host_(host), id_(id), chance_(seed) {
  tcp_ports_.begin_at(chance_.bits());
  udp_ports_.begin_at(chance_.bits());
}

Stack::~Stack() = default;

Agenda& Stack::agenda() { return world_.agenda(); }
Instant Stack::now() const { return world_.now(); }
std::chrono::system_clock::time_point Stack::wall_clock() const { return world_.wall_clock(); }
void Stack::make_ready(Op& op) { host_.make_ready(op); }
PacketPointer Stack::make_packet(std::size_t payload_bytes) {
  return world_.packets().make(payload_bytes);
}

// --- interfaces and ways -------------------------------------------------------------------------

Nic& Stack::add_nic(Interface interface, Link* link) {
  interface.index = static_cast<std::uint32_t>(nics_.size() + 1);
  Nic& added = nics_.emplace_back(*this, std::move(interface), link);
  if (link != nullptr) link->attach(added);
  return added;
}

Nic* Stack::nic(std::uint32_t index) {
  return index >= 1 && index <= nics_.size() ? &nics_[index - 1] : nullptr;
}

Nic* Stack::nic(std::string_view name) {
  name = name.substr(0, name.find('\0'));
  const auto found =
      std::ranges::find(nics_, name, [](const Nic& nic) { return nic.interface().name; });
  return found == nics_.end() ? nullptr : &*found;
}

bool Stack::owns(const IpAddress& address) const {
  return nics_.front().has(address) || std::ranges::find(addresses_, address) != addresses_.end();
}

Route Stack::look_up(const IpAddress& destination, Nic* only) {
  if (only == nullptr && owns(destination)) return {.out = &nics_.front(), .to = &nics_.front()};
  Route behind_network;
  for (Nic& nic : nics_) {
    if (nic.link() == nullptr || (only != nullptr && &nic != only)) continue;
    if (nic.is_broadcast(destination)) return {.out = &nic};
    for (Nic* const end : nic.link()->ends()) {
      if (end != &nic && end->has(destination)) return {.out = &nic, .to = end};
    }
    if (nic.reaches(destination)) behind_network = {.out = &nic, .nobody = true};
  }
  return behind_network;
}

int Stack::find_route(const IpAddress& destination, Nic* only, Route& route) {
  if (only != nullptr) {
    route = look_up(destination, only);
    return route.out == nullptr ? ENETUNREACH : 0;
  }
  const auto known = routes_.find(destination);
  if (known != routes_.end()) {
    route = known->second;
    return 0;
  }
  route = look_up(destination, nullptr);
  if (route.out == nullptr) return ENETUNREACH;
  routes_.emplace(destination, route);
  return 0;
}

Nic* Stack::nic_for_groups() {
  for (Nic& nic : nics_) {
    if (nic.interface().multicast) return &nic;
  }
  return nics_.empty() ? nullptr : &nics_.front();
}

Nic* Stack::nic_for_broadcast(const IpAddress& address) {
  for (Nic& nic : nics_) {
    if (nic.is_broadcast(address)) return &nic;
  }
  return nics_.size() > 1 ? &nics_[1] : nullptr;
}

bool Stack::is_broadcast(const IpAddress& address) const {
  return std::ranges::any_of(nics_, [&](const Nic& nic) { return nic.is_broadcast(address); });
}

const IpAddress* Stack::source_for(const Route& route, Family family) {
  if (const IpAddress* const own = route.out->address(family); own != nullptr) return own;
  for (const Nic& nic : nics_) {
    if (nic.interface().loopback) continue;
    if (const IpAddress* const other = nic.address(family); other != nullptr) return other;
  }
  return nullptr;
}

// --- packets -------------------------------------------------------------------------------------

void Stack::send(const Route& route, PacketPointer packet) {
  if (dead_) return;
  if (route.nobody) {
    packet->error = EHOSTUNREACH;
    packet->protocol = packet->kind == Packet::Kind::tcp ? IPPROTO_TCP : IPPROTO_UDP;
    packet->kind = Packet::Kind::unreachable;
    packet->to = &nics_.front();
    agenda().add(*packet, now() + k_neighbour_timeout);
    packet.release();
    return;
  }
  route.out->transmit(std::move(packet), route.to);
}

void Stack::send_to_group(Nic& out, PacketPointer packet, bool loops, bool leaves) {
  if (dead_) return;
  if (loops) {
    PacketPointer copy = world_.packets().copy(*packet);
    copy->from = copy->to = &out;
    agenda().add(*copy, now());
    copy.release();
  }
  if (leaves && out.link() != nullptr) out.transmit(std::move(packet), nullptr);
}

void Stack::receive(PacketPointer packet, Nic& by) {
  reap();
  if (dead_) return;
  note(*packet);
  if (packet->from != &by) tap(*packet, by, false);
  switch (packet->kind) {
    case Packet::Kind::tcp: return receive_tcp(std::move(packet));
    case Packet::Kind::udp: return receive_udp(std::move(packet), by);
    case Packet::Kind::unreachable: return receive_unreachable(*packet);
    case Packet::Kind::frame: return receive_frame(*packet, by);
    case Packet::Kind::ip: return;
  }
}

void Stack::receive_tcp(PacketPointer packet) {
  const Flow flow{.local = packet->destination,
                  .remote = packet->source,
                  .local_port = packet->destination_port,
                  .remote_port = packet->source_port};
  const auto found = connections_.find(flow);
  if (found != connections_.end() && !found->second->gives_way_to(*packet)) {
    return found->second->receive(std::move(packet));
  }
  TcpSocket* const listener = faults_.refuses_connections ? nullptr : listener_for(*packet);
  if (listener != nullptr && !packet->tcp.ack && !packet->tcp.rst) {
    return listener->receive(std::move(packet));
  }
  if (!packet->tcp.rst) refuse(*packet);
}

// Nobody knows of the connection: the peer is told so (RFC 9293 3.10.7.1).
void Stack::refuse(const Packet& packet) {
  Route back;
  if (find_route(packet.source, nullptr, back) != 0) return;
  PacketPointer answer = make_packet(0);
  answer->kind = Packet::Kind::tcp;
  answer->source = packet.destination;
  answer->destination = packet.source;
  answer->source_port = packet.destination_port;
  answer->destination_port = packet.source_port;
  answer->tcp.rst = true;
  answer->tcp.ack = true;
  answer->tcp.sequence = packet.tcp.acknowledged;
  answer->tcp.acknowledged =
      packet.tcp.sequence + packet.size() + (packet.tcp.syn ? 1 : 0) + (packet.tcp.fin ? 1 : 0);
  send(back, std::move(answer));
}

// The one with that very address goes before one that takes all; several on one port share.
TcpSocket* Stack::listener_for(const Packet& packet) {
  std::vector<TcpSocket*>& fitting = scratch_;
  fitting.clear();
  bool exact = false;
  for (const Binding& binding : tcp_ports_.at(packet.destination_port)) {
    auto* const socket = static_cast<TcpSocket*>(binding.socket);
    if (!socket->is_listening() || !binding.takes(packet.destination)) continue;
    const bool same = binding.address == packet.destination;
    if (same && !exact) fitting.clear();
    if (exact && !same) continue;
    exact = exact || same;
    fitting.push_back(socket);
  }
  if (fitting.empty()) return nullptr;
  return fitting[(packet.source_port * 2'654'435'761U >> 16) % fitting.size()];
}

// The one that fits best; several that share the port take turns by the sender.
void Stack::receive_udp(PacketPointer packet, Nic& by) {
  if (packet->to_group) return receive_group(*packet, by);
  UdpSocket* best = nullptr;
  int best_fit = 0;
  std::size_t alike = 0;
  for (const Binding& binding : udp_ports_.at(packet->destination_port)) {
    auto* const socket = static_cast<UdpSocket*>(binding.socket);
    const int fit = socket->fit(binding, *packet, by);
    if (fit == 0 || fit < best_fit) continue;
    alike = fit == best_fit ? alike + 1 : 1;
    const bool its_turn = fit > best_fit || !socket->shares_port() ||
                          (packet->source_port * 2'654'435'761U >> 16) % alike == 0;
    if (its_turn) best = socket;
    best_fit = fit;
  }
  if (best != nullptr) return best->receive(std::move(packet));
  report_unreachable(*packet, ECONNREFUSED);
}

// Whoever receives may close sockets later, in its turn, but not here: the list stays as it is.
void Stack::receive_group(const Packet& packet, Nic& by) {
  for (const Binding& binding : udp_ports_.at(packet.destination_port)) {
    auto* const socket = static_cast<UdpSocket*>(binding.socket);
    if (!socket->hears(binding, packet, by)) continue;
    PacketPointer copy = world_.packets().copy(packet);
    copy->to = &by;
    socket->receive(std::move(copy));
  }
}

void Stack::report_unreachable(const Packet& packet, int error) {
  Route back;
  if (find_route(packet.source, nullptr, back) != 0 || back.to == nullptr) return;
  PacketPointer notice = make_packet(0);
  notice->kind = Packet::Kind::unreachable;
  notice->protocol = packet.kind == Packet::Kind::tcp ? IPPROTO_TCP : IPPROTO_UDP;
  notice->error = error;
  notice->source = packet.source;
  notice->destination = packet.destination;
  notice->source_port = packet.source_port;
  notice->destination_port = packet.destination_port;
  notice->tcp.sequence = packet.tcp.sequence;
  send(back, std::move(notice));
}

void Stack::receive_unreachable(const Packet& packet) {
  const Flow flow{.local = packet.source,
                  .remote = packet.destination,
                  .local_port = packet.source_port,
                  .remote_port = packet.destination_port};
  if (packet.protocol == IPPROTO_UDP) {
    for (const Binding& binding : udp_ports_.at(packet.source_port)) {
      static_cast<UdpSocket*>(binding.socket)->unreachable(packet);
    }
    return;
  }
  const auto found = connections_.find(flow);
  if (found != connections_.end()) found->second->unreachable(packet.error);
}

// --- frames --------------------------------------------------------------------------------------

void Stack::tap(const Packet& packet, Nic& nic, bool outgoing) {
  if (packet_sockets_.empty()) return;
  const std::vector<std::byte> frame = encode_frame(packet);
  const HardwareAddress to = destination_of(frame);
  std::uint8_t type = PACKET_OTHERHOST;
  if (outgoing) {
    type = PACKET_OUTGOING;
  } else if (to == k_everybody) {
    type = PACKET_BROADCAST;
  } else if (to[0] % 2 == 1) {
    type = PACKET_MULTICAST;
  } else if (to == nic.interface().hardware_address) {
    type = PACKET_HOST;
  }
  for (PacketSocket* const socket : packet_sockets_) socket->see(frame, nic, type);
}

// A switch knows who has which address; what is for nobody it knows goes to everybody.
void Stack::send_frame(Nic& out, PacketPointer packet) {
  if (dead_) return;
  const HardwareAddress wanted = destination_of(packet->bytes());
  Nic* to = nullptr;
  if (out.link() != nullptr) {
    for (Nic* const end : out.link()->ends()) {
      if (end != &out && end->interface().hardware_address == wanted) to = end;
    }
  }
  out.transmit(std::move(packet), to);
}

void Stack::receive_frame(const Packet& packet, Nic& by) {
  ArpQuestion question;
  if (parse_arp_question(packet.bytes(), question)) {
    if (!owns(question.wanted) || question.wanted.is_loopback()) return;
    const auto answer = arp_answer(question, by.interface().hardware_address);
    PacketPointer frame = make_packet(answer.size());
    frame->kind = Packet::Kind::frame;
    std::ranges::copy(answer, frame->bytes().begin());
    return send_frame(by, std::move(frame));
  }
  PacketPointer inner = decode_frame(packet.bytes(), world_.packets());
  if (!inner) return;
  inner->from = packet.from;
  inner->to = &by;
  if (inner->kind == Packet::Kind::udp) return receive_udp(std::move(inner), by);
  if (owns(inner->destination)) receive_tcp(std::move(inner));
}

// --- sockets -------------------------------------------------------------------------------------

Socket& Stack::own(std::unique_ptr<Socket> socket) {
  socket->place = sockets_.size();
  sockets_.push_back(std::move(socket));
  return *sockets_.back();
}

void Stack::retire(Socket& socket) {
  if (std::exchange(socket.retired, true)) return;
  retired_.push_back(&socket);
}

void Stack::reap() {
  for (Socket* const socket : retired_) {
    const std::size_t place = socket->place;
    std::swap(sockets_[place], sockets_.back());
    sockets_[place]->place = place;
    sockets_.pop_back();
  }
  retired_.clear();
}

void Stack::lose_power() {
  dead_ = true;
  // Later ones may belong to earlier ones, as clients do to their listener; each ends for itself.
  for (const auto& socket : sockets_) {
    socket->end_waiting();
    if (!socket->retired) socket->vanish();
  }
  tcp_ports_.clear();
  udp_ports_.clear();
  connections_.clear();
}

bool Stack::reset_connection() {
  scratch_.clear();
  for (const auto& socket : sockets_) {
    auto* const connection = dynamic_cast<TcpSocket*>(socket.get());
    if (connection != nullptr && connection->is_established()) scratch_.push_back(connection);
  }
  if (scratch_.empty()) return false;
  scratch_[chance_.bits() % scratch_.size()]->reset();
  return true;
}

// --- the log -------------------------------------------------------------------------------------

void Stack::note(std::uint64_t what, std::uint64_t detail) {
  EventLog& log = world_.log();
  log.add(static_cast<std::uint64_t>(now().time_since_epoch().count()));
  log.add(id_ + what);
  log.add(detail);
}

void Stack::note(const Packet& packet) {
  note(16 + static_cast<std::uint64_t>(packet.kind),
       std::uint64_t{packet.source_port} << 16 | packet.destination_port);
  if (world_.is_opaque(packet.source_port) || world_.is_opaque(packet.destination_port)) return;
  EventLog& log = world_.log();
  const TcpHeader& tcp = packet.tcp;
  log.add(tcp.sequence ^ tcp.acknowledged << 20 ^ std::uint64_t{tcp.window} << 40);
  log.add(static_cast<std::uint64_t>(packet.error) << 4 | (tcp.syn ? 8U : 0U) |
          (tcp.ack ? 4U : 0U) | (tcp.fin ? 2U : 0U) | (tcp.rst ? 1U : 0U));
  log.add(packet.bytes());
}

}  // namespace patchbay::sim
