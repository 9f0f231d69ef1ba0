#include "patchbay/net/sim/packet_socket.hpp"

#include <linux/if_arp.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "patchbay/net/sim/message.hpp"

namespace patchbay::sim {

namespace {

// What the queue's bookkeeping takes beside a frame's bytes.
constexpr std::size_t k_overhead_bytes = 256;

sockaddr_ll address_of(const Packet& kept) {
  sockaddr_ll native{};
  native.sll_family = AF_PACKET;
  native.sll_protocol = htons(ethertype_of(kept.bytes()));
  native.sll_ifindex = static_cast<int>(kept.to->index());
  native.sll_hatype = kept.to->link() == nullptr ? ARPHRD_LOOPBACK : ARPHRD_ETHER;
  native.sll_pkttype = kept.protocol;
  native.sll_halen = 6;
  std::ranges::copy(source_of(kept.bytes()), native.sll_addr);
  return native;
}

}  // namespace

int PacketSocket::bind(const sockaddr* address, socklen_t size) {
  if (size < sizeof(sockaddr_ll) || address->sa_family != AF_PACKET) return EINVAL;
  sockaddr_ll native;
  std::memcpy(&native, address, sizeof native);
  interface_ = static_cast<std::uint32_t>(native.sll_ifindex);
  if (interface_ != 0 && stack_.nic(interface_) == nullptr) return ENODEV;
  protocol_ = ntohs(native.sll_protocol);
  std::erase(stack_.packet_sockets(), this);
  if (protocol_ != 0) stack_.packet_sockets().push_back(this);
  return 0;
}

int PacketSocket::set_filter(std::span<const std::byte> value) {
  sock_fprog program{};
  if (value.size() < sizeof program) return EINVAL;
  std::memcpy(&program, value.data(), sizeof program);
  return filter_.load({program.filter, program.len}) ? 0 : EINVAL;
}

int PacketSocket::set_option(int level, int name, std::span<const std::byte> value) {
  if (level == SOL_SOCKET && name == SO_ATTACH_FILTER) return set_filter(value);
  if (level == SOL_SOCKET && name == SO_DETACH_FILTER) {
    if (filter_.empty()) return ENOENT;
    filter_.clear();
    return 0;
  }
  if (level == SOL_PACKET && (name == PACKET_ADD_MEMBERSHIP || name == PACKET_DROP_MEMBERSHIP)) {
    // Whatever comes by an interface is seen anyway; a switch sends it nothing that is for others.
    packet_mreq request{};
    if (value.size() < sizeof request) return EINVAL;
    std::memcpy(&request, value.data(), sizeof request);
    return stack_.nic(static_cast<std::uint32_t>(request.mr_ifindex)) == nullptr ? ENODEV : 0;
  }
  return Socket::set_option(level, name, value);
}

int PacketSocket::get_option(int level, int name, std::byte* value, unsigned& size) const {
  if (level != SOL_PACKET || name != PACKET_STATISTICS) {
    return Socket::get_option(level, name, value, size);
  }
  const tpacket_stats counted{.tp_packets = std::exchange(seen_, 0),
                              .tp_drops = std::exchange(dropped_, 0)};
  size = std::min<unsigned>(size, sizeof counted);
  std::memcpy(value, &counted, size);
  return 0;
}

void PacketSocket::see(std::span<const std::byte> frame, Nic& nic, std::uint8_t packet_type) {
  if (interface_ != 0 && interface_ != nic.index()) return;
  const std::uint16_t ethertype = ethertype_of(frame);
  if (protocol_ != ETH_P_ALL && (protocol_ != ethertype || packet_type == PACKET_OUTGOING)) return;
  if (packet_type == PACKET_OUTGOING && options_.is_on(SOL_PACKET, PACKET_IGNORE_OUTGOING)) return;
  if (frame.size() < k_link_header_bytes) return;
  std::size_t kept_bytes = frame.size();
  if (!filter_.empty()) {
    const std::size_t passed = filter_.run({.frame = frame,
                                            .begin = header_bytes(),
                                            .ethertype = ethertype,
                                            .packet_type = packet_type,
                                            .interface = nic.index()});
    if (passed == 0) return;
    kept_bytes = std::min(kept_bytes, std::max(header_bytes() + passed, k_link_header_bytes));
  }
  ++seen_;
  if (queue_.bytes() + kept_bytes + k_overhead_bytes > options_.receive_room()) {
    ++dropped_;
    return;
  }
  PacketPointer kept = stack_.make_packet(kept_bytes);
  kept->kind = Packet::Kind::frame;
  kept->protocol = packet_type;
  kept->to = &nic;
  kept->tcp.sequence = frame.size();
  std::ranges::copy(frame.first(kept_bytes), kept->bytes().begin());
  queue_.push(std::move(kept));
  wake_readers();
}

long PacketSocket::receive_message(mmsghdr& into) {
  if (queue_.empty()) return -EAGAIN;
  const PacketPointer kept = queue_.pop();
  const sockaddr_ll from = address_of(*kept);
  DatagramMetadata told;
  if (options_.is_on(SOL_SOCKET, SO_TIMESTAMPNS)) told.received_at = stack_.wall_clock();
  const auto original = static_cast<unsigned>(kept->tcp.sequence - header_bytes());
  fill_message(into, kept->bytes().subspan(header_bytes()), &from, sizeof from,
               [&](ControlWriter& writer) {
                 writer.add(told);
                 if (!options_.is_on(SOL_PACKET, PACKET_AUXDATA)) return;
                 writer.add(SOL_PACKET, PACKET_AUXDATA,
                            tpacket_auxdata{.tp_status = TP_STATUS_USER | TP_STATUS_CSUM_VALID,
                                            .tp_len = original,
                                            .tp_snaplen = original});
               });
  return static_cast<long>(into.msg_len);
}

long PacketSocket::send_message(const mmsghdr& from) {
  const std::span<const std::byte> bytes = payload_of(from);
  sockaddr_ll to{};
  const bool addressed = from.msg_hdr.msg_namelen >= sizeof to;
  if (addressed) std::memcpy(&to, from.msg_hdr.msg_name, sizeof to);
  const std::uint32_t index = addressed ? static_cast<std::uint32_t>(to.sll_ifindex) : interface_;
  Nic* const nic = stack_.nic(index);
  if (nic == nullptr) return -ENXIO;
  if (is_cooked() && !addressed) return -EDESTADDRREQ;
  if (!nic->interface().up) return -ENETDOWN;
  if (!is_cooked() && bytes.size() < k_link_header_bytes) return -EINVAL;
  const std::size_t front = is_cooked() ? k_link_header_bytes : 0;
  if (front + bytes.size() > nic->mtu_bytes() + k_link_header_bytes) return -EMSGSIZE;
  PacketPointer packet = stack_.make_packet(front + bytes.size());
  packet->kind = Packet::Kind::frame;
  const std::span<std::byte> frame = packet->bytes();
  if (is_cooked()) {
    std::memcpy(frame.data(), to.sll_addr, 6);
    std::memcpy(frame.data() + 6, nic->interface().hardware_address.data(), 6);
    std::memcpy(frame.data() + 12, &to.sll_protocol, 2);
  }
  std::ranges::copy(bytes, frame.subspan(front).begin());
  stack_.send_frame(*nic, std::move(packet));
  return static_cast<long>(bytes.size());
}

void PacketSocket::close() {
  std::erase(stack_.packet_sockets(), this);
  queue_.clear();
  stack_.retire(*this);
}

}  // namespace patchbay::sim
