#include "patchbay/net/sim/udp_socket.hpp"

#include <netinet/in.h>
#include <netinet/udp.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "patchbay/net/sim/message.hpp"

namespace patchbay::sim {

namespace {

constexpr std::size_t k_most_v4_bytes = 65'507;
constexpr std::size_t k_most_v6_bytes = 65'527;
constexpr std::size_t k_v4_headers_bytes = 28;
constexpr std::size_t k_v6_headers_bytes = 48;
// What Linux counts for a datagram besides its bytes, so that empty ones have a limit, too.
constexpr std::size_t k_bookkeeping_bytes = 768;

bool is_everybody(const IpAddress& address) {
  return address.is_v4() && address.v4().s_addr == INADDR_BROADCAST;
}

bool is_segmented(const mmsghdr& message) {
  const msghdr& header = message.msg_hdr;
  for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr;
       each = CMSG_NXTHDR(const_cast<msghdr*>(&header), each)) {
    if (each->cmsg_level == IPPROTO_UDP && each->cmsg_type == UDP_SEGMENT) return true;
  }
  return false;
}

// The scope of an address is the interface that it leaves by, and no part of it on the way.
IpAddress without_scope(const IpAddress& address) {
  return address.is_v6() && address.scope() != 0 ? IpAddress(address.v6()) : address;
}

}  // namespace

// --- addresses -----------------------------------------------------------------------------------

int UdpSocket::claim(const IpAddress& address, std::uint16_t port) {
  const bool dual = is_v6() && address.is_any() && !options_.is_on(IPPROTO_IPV6, IPV6_V6ONLY);
  const int error =
      stack_.udp_ports().claim({.socket = this,
                                .address = address,
                                .port = port,
                                .dual = dual,
                                .reuse_address = options_.is_on(SOL_SOCKET, SO_REUSEADDR),
                                .reuse_port = shares_port()});
  if (error != 0) return error;
  bound_ = true;
  flow_.local = address;
  flow_.local_port = port;
  return 0;
}

int UdpSocket::claim_any_port() {
  if (bound_) return 0;
  const std::uint16_t port = stack_.udp_ports().free_port();
  if (port == 0) return EAGAIN;
  return claim(IpAddress::any(is_v6() ? Family::v6 : Family::v4), port);
}

int UdpSocket::bind(const sockaddr* address, socklen_t size) {
  if (bound_) return EINVAL;
  if (size < sizeof(sockaddr_in) || address->sa_family != spec_.family) return EAFNOSUPPORT;
  const Endpoint wanted(address);
  const IpAddress ip = without_scope(unmapped(wanted.address()));
  const bool is_common = ip.is_any() || ip.is_multicast() || is_everybody(ip);
  if (!is_common && !stack_.owns(ip) && !stack_.is_broadcast(ip)) return EADDRNOTAVAIL;
  const std::uint16_t port = wanted.port() != 0 ? wanted.port() : stack_.udp_ports().free_port();
  return port == 0 ? EADDRINUSE : claim(ip, port);
}

int UdpSocket::connect(const sockaddr* address, socklen_t size) {
  if (address->sa_family == AF_UNSPEC) {
    connected_ = false;
    return 0;
  }
  if (size < sizeof(sockaddr_in) || address->sa_family != spec_.family) return EAFNOSUPPORT;
  const Endpoint wanted(address);
  Sending sending{.to = without_scope(unmapped(wanted.address())), .port = wanted.port()};
  if (sending.to.is_any()) sending.to = IpAddress::loopback(sending.to.family());
  if (wanted.address().scope() != 0) sending.out = stack_.nic(wanted.address().scope());
  if (const int error = choose_route(sending); error != 0) return error;
  if (const int error = claim_any_port(); error != 0) return error;
  connected_ = true;
  flow_.remote = sending.to;
  flow_.remote_port = sending.port;
  route_ = sending.route;
  return 0;
}

Result<Endpoint> UdpSocket::local() const {
  if (!connected_ || !flow_.local.is_any()) {
    const Family family = is_v6() ? Family::v6 : Family::v4;
    return as_seen(spec_.family, bound_ ? flow_.local : IpAddress::any(family), flow_.local_port);
  }
  // A connected socket has the address that it sends from.
  if (stack_.owns(flow_.remote)) return as_seen(spec_.family, flow_.remote, flow_.local_port);
  const IpAddress* const source = stack_.source_for(route_, flow_.remote.family());
  return as_seen(spec_.family, source == nullptr ? flow_.local : *source, flow_.local_port);
}

Result<Endpoint> UdpSocket::peer() const {
  if (!connected_) return Error::from_errno(ENOTCONN, "read the peer's address of");
  return as_seen(spec_.family, flow_.remote, flow_.remote_port);
}

// --- options -------------------------------------------------------------------------------------

int UdpSocket::set_option(int level, int name, std::span<const std::byte> value) {
  if (level == SOL_SOCKET && name == SO_BINDTODEVICE) {
    only_ = stack_.nic({reinterpret_cast<const char*>(value.data()), value.size()});
    return only_ == nullptr ? ENODEV : 0;
  }
  if (level != IPPROTO_IP && level != IPPROTO_IPV6) return Socket::set_option(level, name, value);
  const int joined = memberships_.set_option(stack_, name, value);
  if (joined != ENOPROTOOPT) return joined;
  if (level == IPPROTO_IP && name == IP_MULTICAST_IF) {
    ip_mreqn request{};
    if (value.size() < sizeof request) return EINVAL;
    std::memcpy(&request, value.data(), sizeof request);
    group_interface_ = static_cast<std::uint32_t>(request.imr_ifindex);
    return stack_.nic(group_interface_) == nullptr ? EADDRNOTAVAIL : 0;
  }
  const int error = Socket::set_option(level, name, value);
  if (error == 0 && level == IPPROTO_IPV6 && name == IPV6_MULTICAST_IF) {
    group_interface_ = static_cast<std::uint32_t>(options_.number(level, name));
    if (stack_.nic(group_interface_) == nullptr) return ENODEV;
  }
  return error;
}

int UdpSocket::get_option(int level, int name, std::byte* value, unsigned& size) const {
  if (level == SOL_SOCKET && name == SO_BINDTODEVICE) {
    const std::string device = only_ == nullptr ? "" : only_->interface().name;
    size = std::min(size, static_cast<unsigned>(device.size()));
    std::memcpy(value, device.data(), size);
    return 0;
  }
  const bool asks_mtu =
      (level == IPPROTO_IP && name == IP_MTU) || (level == IPPROTO_IPV6 && name == IPV6_MTU);
  if (asks_mtu) {
    if (!connected_) return ENOTCONN;
    const int mtu = static_cast<int>(route_.out->mtu_bytes());
    size = std::min<unsigned>(size, sizeof mtu);
    std::memcpy(value, &mtu, size);
    return 0;
  }
  return Socket::get_option(level, name, value, size);
}

// --- sending -------------------------------------------------------------------------------------

// What the call says goes before what the socket says.
int UdpSocket::choose(const mmsghdr& from, Sending& sending) const {
  const msghdr& header = from.msg_hdr;
  if (header.msg_namelen > 0) {
    const auto* const address = static_cast<const sockaddr*>(header.msg_name);
    if (address->sa_family != spec_.family) return EAFNOSUPPORT;
    const Endpoint to(address);
    sending.to = without_scope(unmapped(to.address()));
    sending.port = to.port();
    if (to.address().scope() != 0) sending.out = stack_.nic(to.address().scope());
  } else if (connected_) {
    sending.to = flow_.remote;
    sending.port = flow_.remote_port;
    sending.route = route_;
  } else {
    return EDESTADDRREQ;
  }
  if (sending.port == 0) return EINVAL;
  if (sending.to.is_any()) sending.to = IpAddress::loopback(sending.to.family());
  sending.source = flow_.local;
  sending.hop_limit = -1;
  sending.traffic_class = -1;
  if (header.msg_controllen == 0) return 0;
  if (is_segmented(from)) return EINVAL;  // no segmentation offload here
  const DatagramMetadata asked = parse_metadata(control_of(from));
  sending.hop_limit = asked.hop_limit.value_or(-1);
  if (asked.traffic_class) sending.traffic_class = *asked.traffic_class;
  if (asked.interface != 0) sending.out = stack_.nic(asked.interface);
  const auto source = asked.local ? asked.local : asked.destination;
  if (!source || source->is_any()) return 0;
  sending.source = without_scope(unmapped(*source));
  return stack_.owns(sending.source) ? 0 : EINVAL;
}

int UdpSocket::choose_route(Sending& sending) const {
  Nic* const out = only_ != nullptr ? only_ : sending.out;
  if (sending.to.is_multicast()) {
    sending.to_group = true;
    Nic* nic = out;
    if (nic == nullptr && group_interface_ != 0) nic = stack_.nic(group_interface_);
    if (nic == nullptr) nic = stack_.nic_for_groups();
    if (nic == nullptr) return ENETUNREACH;
    sending.route = {.out = nic};
    return 0;
  }
  if (is_everybody(sending.to) || stack_.is_broadcast(sending.to)) {
    if (!options_.is_on(SOL_SOCKET, SO_BROADCAST)) return EACCES;
    sending.to_group = true;
    Nic* const nic = out != nullptr ? out : stack_.nic_for_broadcast(sending.to);
    if (nic == nullptr) return ENETUNREACH;
    sending.route = {.out = nic};
    return 0;
  }
  if (sending.route.out != nullptr && out == nullptr) return 0;
  return stack_.find_route(sending.to, out, sending.route);
}

int UdpSocket::check_size(const Sending& sending, std::size_t bytes) const {
  const bool v6 = sending.to.is_v6();
  if (bytes > (v6 ? k_most_v6_bytes : k_most_v4_bytes)) return EMSGSIZE;
  const int discover = v6 ? options_.number(IPPROTO_IPV6, IPV6_MTU_DISCOVER)
                          : options_.number(IPPROTO_IP, IP_MTU_DISCOVER);
  const bool may_be_cut = discover == IP_PMTUDISC_DONT || discover == IP_PMTUDISC_WANT;
  const std::size_t headers = v6 ? k_v6_headers_bytes : k_v4_headers_bytes;
  return may_be_cut || bytes + headers <= sending.route.out->mtu_bytes() ? 0 : EMSGSIZE;
}

long UdpSocket::send_message(const mmsghdr& from) {
  if (error_ != 0) return -std::exchange(error_, 0);
  Sending sending;
  if (const int error = choose(from, sending); error != 0) return -error;
  if (const int error = choose_route(sending); error != 0) return -error;
  const std::span<const std::byte> bytes = payload_of(from);
  if (const int error = check_size(sending, bytes.size()); error != 0) return -error;
  if (const int error = claim_any_port(); error != 0) return -error;
  emit(sending, bytes);
  return static_cast<long>(bytes.size());
}

void UdpSocket::emit(const Sending& sending, std::span<const std::byte> bytes) {
  const bool v6 = sending.to.is_v6();
  const bool multicast = sending.to.is_multicast();
  int hops = sending.hop_limit;
  if (hops < 0 && multicast) {
    hops = v6 ? options_.number(IPPROTO_IPV6, IPV6_MULTICAST_HOPS)
              : options_.number(IPPROTO_IP, IP_MULTICAST_TTL);
  } else if (hops < 0) {
    hops =
        v6 ? options_.number(IPPROTO_IPV6, IPV6_UNICAST_HOPS) : options_.number(IPPROTO_IP, IP_TTL);
  }
  int traffic_class = sending.traffic_class;
  if (traffic_class < 0) {
    traffic_class =
        v6 ? options_.number(IPPROTO_IPV6, IPV6_TCLASS) : options_.number(IPPROTO_IP, IP_TOS);
  }
  PacketPointer packet = stack_.make_packet(bytes.size());
  packet->kind = Packet::Kind::udp;
  packet->hop_limit = static_cast<std::uint8_t>(hops);
  packet->traffic_class = static_cast<std::uint8_t>(traffic_class);
  packet->to_group = sending.to_group;
  packet->source_port = flow_.local_port;
  packet->destination_port = sending.port;
  packet->destination = sending.to;
  packet->source = sending.source;
  if (sending.source.is_any() || sending.source.family() != sending.to.family()) {
    const bool to_self = sending.route.to != nullptr && sending.route.out->link() == nullptr;
    const IpAddress* const own = stack_.source_for(sending.route, sending.to.family());
    packet->source = to_self || own == nullptr ? sending.to : *own;
  }
  if (!bytes.empty()) std::memcpy(packet->bytes().data(), bytes.data(), bytes.size());
  if (!sending.to_group) return stack_.send(sending.route, std::move(packet));
  const bool loops = multicast ? (v6 ? options_.is_on(IPPROTO_IPV6, IPV6_MULTICAST_LOOP)
                                     : options_.is_on(IPPROTO_IP, IP_MULTICAST_LOOP))
                               : true;
  stack_.send_to_group(*sending.route.out, std::move(packet), loops, hops > 0);
}

// --- receiving -----------------------------------------------------------------------------------

int UdpSocket::fit(const Binding& binding, const Packet& packet, const Nic& by) const {
  if (!binding.takes(packet.destination) || (only_ != nullptr && only_ != &by)) return 0;
  if (connected_) {
    const bool is_peer = packet.source == flow_.remote && packet.source_port == flow_.remote_port;
    return is_peer ? 3 : 0;
  }
  return binding.address.is_any() ? 1 : 2;
}

bool UdpSocket::hears(const Binding& binding, const Packet& packet, const Nic& by) const {
  if (fit(binding, packet, by) == 0) return false;
  if (!packet.destination.is_multicast()) return true;
  return memberships_.hears(packet.destination, by.index(), packet.source);
}

void UdpSocket::receive(PacketPointer packet) {
  const std::size_t needed = packet->size() + k_bookkeeping_bytes;
  if (held_bytes_ + needed > options_.receive_room()) {
    ++dropped_;
    return;
  }
  held_bytes_ += needed;
  queue_.push(std::move(packet));
  wake_readers();
}

void UdpSocket::unreachable(const Packet& notice) {
  if (!connected_ || notice.destination != flow_.remote ||
      notice.destination_port != flow_.remote_port) {
    return;
  }
  error_ = notice.error;
  wake_readers();
}

DatagramMetadata UdpSocket::metadata_of(const Packet& packet) const {
  DatagramMetadata told;
  if (is_asked(IP_PKTINFO, IPV6_RECVPKTINFO)) {
    told.destination = packet.destination;
    told.interface = packet.to->index();
    if (packet.destination.is_v4()) {
      const IpAddress* const own = packet.to->address(Family::v4);
      told.local = packet.to_group && own != nullptr ? *own : packet.destination;
    }
  }
  if (is_asked(IP_RECVTTL, IPV6_RECVHOPLIMIT)) told.hop_limit = packet.hop_limit;
  if (is_asked(IP_RECVTOS, IPV6_RECVTCLASS)) told.traffic_class = packet.traffic_class;
  if (options_.is_on(SOL_SOCKET, SO_TIMESTAMPNS)) told.received_at = stack_.wall_clock();
  if (options_.is_on(SOL_SOCKET, SO_RXQ_OVFL) && dropped_ > 0) told.dropped = dropped_;
  return told;
}

long UdpSocket::receive_message(mmsghdr& into) {
  if (error_ != 0) return -std::exchange(error_, 0);
  if (queue_.empty()) return -EAGAIN;
  const PacketPointer packet = queue_.pop();
  held_bytes_ -= packet->size() + k_bookkeeping_bytes;
  const Endpoint from = as_seen(spec_.family, packet->source, packet->source_port);
  fill_message(into, packet->bytes(), from.native(), from.native_size(),
               [&](ControlWriter& writer) { writer.add(metadata_of(*packet)); });
  return static_cast<long>(into.msg_len);
}

void UdpSocket::close() {
  if (bound_) stack_.udp_ports().release(*this, flow_.local_port);
  bound_ = false;
  queue_.clear();
  held_bytes_ = 0;
  stack_.retire(*this);
}

}  // namespace patchbay::sim
