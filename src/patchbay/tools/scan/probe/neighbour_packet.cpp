#include "patchbay/tools/scan/probe/neighbour_packet.hpp"

#include <algorithm>

#include "patchbay/wire/arp_packet.hpp"
#include "patchbay/wire/big_endian.hpp"
#include "patchbay/wire/ip_packet.hpp"
#include "patchbay/wire/neighbour_message.hpp"

namespace patchbay {

namespace {

template <std::size_t Size>
std::array<std::byte, Size> bytes_of(const IpAddress& address) {
  std::array<std::byte, Size> bytes{};
  std::ranges::copy(std::as_bytes(address.bytes()), bytes.begin());
  return bytes;
}

// A group's address belongs to nobody.
bool is_of_one(const EthernetAddress& link) { return (link[0] & 1) == 0; }

IpAddress v4_address(const std::array<std::byte, 4>& bytes) {
  in_addr address{};
  std::memcpy(&address, bytes.data(), sizeof address);
  return IpAddress(address);
}

IpAddress v6_address(const std::array<std::byte, 16>& bytes) {
  in6_addr address{};
  std::memcpy(&address, bytes.data(), sizeof address);
  return IpAddress(address);
}

std::optional<NeighbourReply> read_advertisement(std::span<const std::byte> packet,
                                                 const EthernetAddress& sender) {
  // Nearly everything that comes is something else, and is to cost nothing here.
  if (packet.size() <= k_ipv6_header_bytes || get8(packet, 6) != k_protocol_icmpv6) {
    return std::nullopt;
  }
  const auto ip = read_ip_packet(packet);
  if (!ip || ip->protocol != k_protocol_icmpv6 || ip->is_fragment()) return std::nullopt;
  const auto message = read_neighbour_message(*ip);
  if (!message || !message->advertisement) return std::nullopt;
  return NeighbourReply{v6_address(message->target), message->link.value_or(sender)};
}

}  // namespace

FrameHeader header_of(const NeighbourQuestion& question) {
  const bool v4 = question.target.is_v4();
  EthernetHeader header{.destination = k_ethernet_broadcast,
                        .source = question.asker_link,
                        .ethertype = v4 ? k_ethertype_arp : k_ethertype_ipv6};
  if (!v4) {
    const auto group = solicited_node_group(bytes_of<16>(question.target));
    header.destination = ethernet_group_of(group);
  }
  FrameHeader bytes{};
  write_ethernet_header(header, bytes);
  return bytes;
}

std::size_t write_neighbour_question(const NeighbourQuestion& question, std::span<std::byte> into) {
  if (question.target.is_v4()) {
    write_arp_packet({.operation = k_arp_request,
                      .sender_link = question.asker_link,
                      .sender = bytes_of<4>(question.asker),
                      .target = bytes_of<4>(question.target)},
                     into.first<k_arp_packet_bytes>());
    return k_arp_packet_bytes;
  }
  const auto target = bytes_of<16>(question.target);
  const auto asker = bytes_of<16>(question.asker);
  const auto group = solicited_node_group(target);
  NeighbourMessage message{.target = target};
  // Who has no address yet must not say which hardware address is his (RFC 4861 4.3).
  if (!question.asker.is_any()) message.link = question.asker_link;
  const std::span<std::byte> behind = into.subspan(k_ipv6_header_bytes);
  const std::size_t bytes =
      write_neighbour_message(message, asker, group, behind.first<k_neighbour_message_max_bytes>());
  const std::size_t header = write_ip_header({.source = asker,
                                              .destination = group,
                                              .protocol = k_protocol_icmpv6,
                                              .hop_limit = k_neighbour_hop_limit,
                                              .payload_bytes = bytes},
                                             into);
  return header + bytes;
}

std::optional<NeighbourReply> read_neighbour_reply(std::uint16_t ethertype,
                                                   std::span<const std::byte> packet,
                                                   const EthernetAddress& sender) {
  std::optional<NeighbourReply> reply;
  if (ethertype == k_ethertype_arp) {
    const auto arp = read_arp_packet(packet);
    if (!arp || arp->operation != k_arp_reply) return std::nullopt;
    reply = {v4_address(arp->sender), arp->sender_link};
  } else if (ethertype == k_ethertype_ipv6) {
    reply = read_advertisement(packet, sender);
  }
  if (!reply || !is_of_one(reply->link) || reply->address.is_any()) return std::nullopt;
  return reply;
}

}  // namespace patchbay
