#include "patchbay/net/sim/frame.hpp"

#include <linux/if_ether.h>
#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "patchbay/net/sim/nic.hpp"

namespace patchbay::sim {

namespace {

constexpr std::size_t k_ip_header_bytes = 20;
constexpr std::size_t k_ip6_header_bytes = 40;
constexpr std::size_t k_udp_header_bytes = 8;
constexpr std::size_t k_tcp_header_bytes = 32;
constexpr std::uint16_t k_arp_question = 1;
constexpr std::uint16_t k_arp_answer = 2;
// The sequence numbers of a world count on from here; a frame has the lower 32 bits.
constexpr std::uint64_t k_sequence_base = std::uint64_t{1} << 32;

class Writer {
 public:
  void put8(unsigned value) { bytes_.push_back(static_cast<std::byte>(value)); }
  void put16(unsigned value) {
    put8(value >> 8 & 0xff);
    put8(value & 0xff);
  }
  void put32(std::uint64_t value) {
    put16(static_cast<unsigned>(value >> 16 & 0xffff));
    put16(static_cast<unsigned>(value & 0xffff));
  }
  void put(std::span<const std::uint8_t> bytes) {
    for (const std::uint8_t byte : bytes) put8(byte);
  }
  void put(std::span<const std::byte> bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  }
  void set16(std::size_t at, unsigned value) {
    bytes_[at] = static_cast<std::byte>(value >> 8);
    bytes_[at + 1] = static_cast<std::byte>(value);
  }
  std::size_t size() const { return bytes_.size(); }
  std::span<const std::byte> from(std::size_t begin) const {
    return std::span(bytes_).subspan(begin);
  }
  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_(bytes) {}
  bool has(std::size_t count) const { return bytes_.size() >= count; }
  unsigned get8(std::size_t at) const { return static_cast<unsigned>(bytes_[at]); }
  unsigned get16(std::size_t at) const { return get8(at) << 8 | get8(at + 1); }
  std::uint64_t get32(std::size_t at) const {
    return std::uint64_t{get16(at)} << 16 | get16(at + 2);
  }
  IpAddress v4(std::size_t at) const {
    in_addr address{};
    std::memcpy(&address, bytes_.data() + at, sizeof address);
    return IpAddress(address);
  }
  IpAddress v6(std::size_t at) const {
    in6_addr address{};
    std::memcpy(&address, bytes_.data() + at, sizeof address);
    return IpAddress(address);
  }

 private:
  std::span<const std::byte> bytes_;
};

// RFC 1071.
std::uint32_t sum_of(std::span<const std::byte> bytes, std::uint32_t sum = 0) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<std::uint32_t>(bytes[i]);
    sum += i % 2 == 0 ? byte << 8 : byte;
    sum = (sum & 0xffff) + (sum >> 16);
  }
  return sum;
}
unsigned checksum_of(std::uint32_t sum) { return ~((sum & 0xffff) + (sum >> 16)) & 0xffff; }

std::uint8_t protocol_of(const Packet& packet) {
  switch (packet.kind) {
    case Packet::Kind::tcp: return IPPROTO_TCP;
    case Packet::Kind::udp: return IPPROTO_UDP;
    case Packet::Kind::unreachable:
      return packet.source.is_v6() ? std::uint8_t{IPPROTO_ICMPV6} : std::uint8_t{IPPROTO_ICMP};
    default: return packet.protocol;
  }
}

HardwareAddress hardware_address_for(const Packet& packet) {
  const auto bytes = packet.destination.bytes();
  if (packet.destination.is_multicast()) {
    if (packet.destination.is_v6()) return {0x33, 0x33, bytes[12], bytes[13], bytes[14], bytes[15]};
    return {0x01, 0x00, 0x5e, static_cast<std::uint8_t>(bytes[1] & 0x7f), bytes[2], bytes[3]};
  }
  if (packet.to_group || packet.to == nullptr) return k_everybody;
  return packet.to->interface().hardware_address;
}

void put_tcp(Writer& writer, const Packet& packet) {
  const TcpHeader& tcp = packet.tcp;
  writer.put16(packet.source_port);
  writer.put16(packet.destination_port);
  writer.put32(tcp.sequence);
  writer.put32(tcp.ack ? tcp.acknowledged : 0);
  const unsigned flags = (tcp.fin ? 1U : 0U) | (tcp.syn ? 2U : 0U) | (tcp.rst ? 4U : 0U) |
                         (packet.size() > 0 ? 8U : 0U) | (tcp.ack ? 16U : 0U);
  writer.put16(static_cast<unsigned>(k_tcp_header_bytes / 4) << 12 | flags);
  writer.put16(std::min(tcp.window, 65'535U));
  writer.put32(0);           // checksum, urgent pointer
  writer.put32(0x0101080a);  // two of padding; timestamps, in milliseconds (RFC 7323)
  writer.put32(static_cast<std::uint64_t>(tcp.sent_at.time_since_epoch().count() / 1'000'000));
  writer.put32(static_cast<std::uint64_t>(tcp.echoed.time_since_epoch().count() / 1'000'000));
}

// Says what did not arrive: its IP header and the ports (RFC 792, RFC 4443).
void put_unreachable(Writer& writer, const Packet& packet) {
  const bool v6 = packet.source.is_v6();
  const bool port = packet.error == ECONNREFUSED;
  writer.put8(v6 ? 1 : 3);
  writer.put8(v6 ? (port ? 4 : 3) : (port ? 3 : 1));
  writer.put16(0);
  writer.put32(0);
  if (v6) {
    writer.put32(0x60000000);
    writer.put16(k_udp_header_bytes);
    writer.put16(static_cast<unsigned>(packet.protocol) << 8 | 64);
  } else {
    writer.put16(0x4500);
    writer.put16(k_ip_header_bytes + k_udp_header_bytes);
    writer.put32(0);
    writer.put16(64U << 8 | packet.protocol);
    writer.put16(0);
  }
  writer.put(packet.source.bytes());
  writer.put(packet.destination.bytes());
  writer.put16(packet.source_port);
  writer.put16(packet.destination_port);
  // The sequence number of TCP; the length of UDP, whose payload nobody kept, and no checksum.
  writer.put32(packet.protocol == IPPROTO_UDP ? std::uint64_t{k_udp_header_bytes} << 16
                                              : packet.tcp.sequence);
}

std::vector<std::byte> encode_transport(const Packet& packet) {
  Writer writer;
  switch (packet.kind) {
    case Packet::Kind::tcp: put_tcp(writer, packet); break;
    case Packet::Kind::udp:
      writer.put16(packet.source_port);
      writer.put16(packet.destination_port);
      writer.put16(static_cast<unsigned>(k_udp_header_bytes + packet.size()));
      writer.put16(0);
      break;
    case Packet::Kind::unreachable: put_unreachable(writer, packet); return writer.take();
    default: break;
  }
  writer.put(packet.bytes());
  return writer.take();
}

// Over the transport and the pseudo header in front of it (RFC 9293 3.1, RFC 8200 8.1).
void set_checksum(std::vector<std::byte>& transport, const Packet& packet) {
  std::size_t at = 0;
  bool with_addresses = true;
  switch (packet.kind) {
    case Packet::Kind::tcp: at = 16; break;
    case Packet::Kind::udp: at = 6; break;
    case Packet::Kind::unreachable:
      at = 2;
      with_addresses = packet.source.is_v6();
      break;
    default: return;
  }
  std::uint32_t sum = 0;
  if (with_addresses) {
    sum = sum_of(std::as_bytes(packet.source.bytes()));
    sum = sum_of(std::as_bytes(packet.destination.bytes()), sum);
    sum += static_cast<std::uint32_t>(transport.size()) + protocol_of(packet);
  }
  unsigned checksum = checksum_of(sum_of(transport, sum));
  if (packet.kind == Packet::Kind::udp && checksum == 0) checksum = 0xffff;
  transport[at] = static_cast<std::byte>(checksum >> 8);
  transport[at + 1] = static_cast<std::byte>(checksum);
}

PacketPointer decode_transport(std::span<const std::byte> bytes, unsigned protocol,
                               PacketPool& pool) {
  const Reader reader(bytes);
  if (protocol == IPPROTO_UDP && reader.has(k_udp_header_bytes)) {
    const std::size_t length = std::min<std::size_t>(reader.get16(4), bytes.size());
    if (length < k_udp_header_bytes) return nullptr;
    PacketPointer packet = pool.make(length - k_udp_header_bytes);
    packet->kind = Packet::Kind::udp;
    std::ranges::copy(bytes.subspan(k_udp_header_bytes, packet->size()), packet->bytes().begin());
    return packet;
  }
  if (protocol != IPPROTO_TCP || !reader.has(20)) return nullptr;
  const std::size_t header = (reader.get8(12) >> 4) * std::size_t{4};
  if (header < 20 || header > bytes.size()) return nullptr;
  PacketPointer packet = pool.make(bytes.size() - header);
  packet->kind = Packet::Kind::tcp;
  std::ranges::copy(bytes.subspan(header), packet->bytes().begin());
  const unsigned flags = reader.get8(13);
  packet->tcp = {.sequence = k_sequence_base + reader.get32(4),
                 .acknowledged = k_sequence_base + reader.get32(8),
                 .window = reader.get16(14),
                 .syn = (flags & 2) != 0,
                 .ack = (flags & 16) != 0,
                 .fin = (flags & 1) != 0,
                 .rst = (flags & 4) != 0};
  return packet;
}

}  // namespace

std::vector<std::byte> encode_frame(const Packet& packet) {
  if (packet.kind == Packet::Kind::frame) return {packet.bytes().begin(), packet.bytes().end()};
  std::vector<std::byte> transport = encode_transport(packet);
  set_checksum(transport, packet);
  const bool v6 = packet.destination.is_v6();
  // What did not arrive is told by whom it was for.
  const bool back = packet.kind == Packet::Kind::unreachable;
  Writer writer;
  writer.put(hardware_address_for(packet));
  writer.put(packet.from == nullptr ? HardwareAddress{}
                                    : packet.from->interface().hardware_address);
  writer.put16(v6 ? ETH_P_IPV6 : ETH_P_IP);
  if (v6) {
    writer.put32(std::uint64_t{0x60000000} | std::uint64_t{packet.traffic_class} << 20);
    writer.put16(static_cast<unsigned>(transport.size()));
    writer.put16(unsigned{protocol_of(packet)} << 8 | packet.hop_limit);
  } else {
    writer.put16(0x4500U | packet.traffic_class);
    writer.put16(static_cast<unsigned>(k_ip_header_bytes + transport.size()));
    writer.put32(0);
    writer.put16(unsigned{packet.hop_limit} << 8 | protocol_of(packet));
    writer.put16(0);
  }
  writer.put((back ? packet.destination : packet.source).bytes());
  writer.put((back ? packet.source : packet.destination).bytes());
  if (!v6) {
    writer.set16(k_link_header_bytes + 10, checksum_of(sum_of(writer.from(k_link_header_bytes))));
  }
  writer.put(transport);
  return writer.take();
}

PacketPointer decode_frame(std::span<const std::byte> frame, PacketPool& pool) {
  const Reader reader(frame);
  if (!reader.has(k_link_header_bytes + k_ip_header_bytes)) return nullptr;
  const std::span<const std::byte> ip = frame.subspan(k_link_header_bytes);
  const Reader header(ip);
  PacketPointer packet;
  if (ethertype_of(frame) == ETH_P_IP) {
    const std::size_t header_bytes = (header.get8(0) & 15) * std::size_t{4};
    const std::size_t total = header.get16(2);
    if (header_bytes < k_ip_header_bytes || total < header_bytes || total > ip.size()) {
      return nullptr;
    }
    packet = decode_transport(ip.subspan(header_bytes, total - header_bytes), header.get8(9), pool);
    if (!packet) return nullptr;
    packet->hop_limit = static_cast<std::uint8_t>(header.get8(8));
    packet->traffic_class = static_cast<std::uint8_t>(header.get8(1));
    packet->source = header.v4(12);
    packet->destination = header.v4(16);
    packet->source_port = static_cast<std::uint16_t>(header.get16(header_bytes));
    packet->destination_port = static_cast<std::uint16_t>(header.get16(header_bytes + 2));
  } else if (ethertype_of(frame) == ETH_P_IPV6 && header.has(k_ip6_header_bytes)) {
    const std::size_t length = header.get16(4);
    if (k_ip6_header_bytes + length > ip.size()) return nullptr;
    packet = decode_transport(ip.subspan(k_ip6_header_bytes, length), header.get8(6), pool);
    if (!packet) return nullptr;
    packet->hop_limit = static_cast<std::uint8_t>(header.get8(7));
    packet->source = header.v6(8);
    packet->destination = header.v6(24);
    packet->source_port = static_cast<std::uint16_t>(header.get16(k_ip6_header_bytes));
    packet->destination_port = static_cast<std::uint16_t>(header.get16(k_ip6_header_bytes + 2));
  } else {
    return nullptr;
  }
  packet->to_group = destination_of(frame)[0] % 2 == 1;
  return packet;
}

bool parse_arp_question(std::span<const std::byte> frame, ArpQuestion& into) {
  const Reader reader(frame);
  constexpr std::size_t arp_bytes = 28;
  if (!reader.has(k_link_header_bytes + arp_bytes) || ethertype_of(frame) != ETH_P_ARP) {
    return false;
  }
  const Reader arp(frame.subspan(k_link_header_bytes));
  if (arp.get16(0) != 1 || arp.get16(2) != ETH_P_IP || arp.get16(6) != k_arp_question) return false;
  for (std::size_t i = 0; i < 6; ++i) into.asker[i] = static_cast<std::uint8_t>(arp.get8(8 + i));
  into.asker_address = arp.v4(14);
  into.wanted = arp.v4(24);
  return true;
}

std::vector<std::byte> arp_answer(const ArpQuestion& question, const HardwareAddress& owner) {
  Writer writer;
  writer.put(question.asker);
  writer.put(owner);
  writer.put16(ETH_P_ARP);
  writer.put16(1);
  writer.put16(ETH_P_IP);
  writer.put16(0x0604);
  writer.put16(k_arp_answer);
  writer.put(owner);
  writer.put(question.wanted.bytes());
  writer.put(question.asker);
  writer.put(question.asker_address.bytes());
  return writer.take();
}

namespace {
HardwareAddress hardware_address_at(std::span<const std::byte> frame, std::size_t at) {
  HardwareAddress address{};
  if (frame.size() >= k_link_header_bytes) std::memcpy(address.data(), frame.data() + at, 6);
  return address;
}
}  // namespace

HardwareAddress destination_of(std::span<const std::byte> frame) {
  return hardware_address_at(frame, 0);
}

HardwareAddress source_of(std::span<const std::byte> frame) {
  return hardware_address_at(frame, 6);
}

std::uint16_t ethertype_of(std::span<const std::byte> frame) {
  if (frame.size() < k_link_header_bytes) return 0;
  return static_cast<std::uint16_t>(Reader(frame).get16(12));
}

}  // namespace patchbay::sim
