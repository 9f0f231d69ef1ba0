// Any bytes as a packet, and all that may stand in it: what a view shows lies within them, and what
// was read and can be written is read again as the same.
// The first byte of the input says what the rest is: a packet, a frame, or one of what they carry.
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "check.hpp"
#include "patchbay/wire/arp_packet.hpp"
#include "patchbay/wire/icmp_message.hpp"
#include "patchbay/wire/internet_checksum.hpp"
#include "patchbay/wire/ip_packet.hpp"
#include "patchbay/wire/neighbour_message.hpp"
#include "patchbay/wire/packet_checksum.hpp"
#include "patchbay/wire/tcp_segment.hpp"
#include "patchbay/wire/udp_datagram.hpp"

namespace {

using namespace patchbay;
using Bytes = std::span<const std::byte>;

// In it as a whole, or empty.
void within(Bytes part, Bytes whole) {
  if (part.empty()) return;
  FUZZ_CHECK(part.data() >= whole.data());
  FUZZ_CHECK(part.data() + part.size() <= whole.data() + whole.size());
}

void walk_tcp(Bytes bytes) {
  const auto quote = read_tcp_quote(bytes);
  const auto segment = read_tcp_segment(bytes);
  if (!segment) return;
  FUZZ_CHECK(quote && quote->sequence == segment->sequence);
  FUZZ_CHECK(segment->options.size() <= 40);
  within(segment->options, bytes);
  within(segment->payload, bytes);
  const TcpHeader header{.source_port = segment->source_port,
                         .destination_port = segment->destination_port,
                         .sequence = segment->sequence,
                         .acknowledgement = segment->acknowledgement,
                         .flags = segment->flags,
                         .window = segment->window,
                         .options = read_tcp_options(segment->options)};
  std::array<std::byte, k_tcp_header_max_bytes> written;
  const std::size_t size = write_tcp_header(header, written);
  FUZZ_CHECK(size == tcp_header_bytes(header.options) && size <= 40);
  const auto again = read_tcp_segment(std::span(written).first(size));
  FUZZ_CHECK(again && again->flags == header.flags && again->payload.empty());
  FUZZ_CHECK(read_tcp_options(again->options) == header.options);
}

void walk_udp(Bytes bytes) {
  const auto datagram = read_udp_datagram(bytes);
  if (!datagram) return;
  within(datagram->payload, bytes);
  FUZZ_CHECK(datagram->payload.size() + k_udp_header_bytes <= bytes.size());
}

void walk_packet(Bytes bytes, int depth);

void walk_icmp(Bytes bytes, IpVersion version, int depth) {
  const auto message = read_icmp_message(bytes, version);
  if (!message) return;
  within(message->body, bytes);
  const auto quoted = read_quoted_packet(*message);
  if (!quoted) return;
  FUZZ_CHECK(message->is_error() && quoted->version == version && quoted->begins());
  if (depth < 4) walk_packet(message->body, depth + 1);
}

void walk_neighbour(const IpPacketView& packet) {
  const auto message = read_neighbour_message(packet);
  if (!message) return;
  std::vector<std::byte> again(k_ipv6_header_bytes + k_neighbour_message_max_bytes);
  const std::size_t size = write_neighbour_message(
      *message, packet.source.first<16>(), packet.destination.first<16>(),
      std::span(again).subspan<k_ipv6_header_bytes, k_neighbour_message_max_bytes>());
  write_ip_header({.source = packet.source,
                   .destination = packet.destination,
                   .protocol = k_protocol_icmpv6,
                   .hop_limit = k_neighbour_hop_limit,
                   .payload_bytes = size},
                  again);
  const auto view = read_ip_packet(again);
  FUZZ_CHECK(view && read_neighbour_message(*view) == message);
}

void walk_packet(Bytes bytes, int depth) {
  const auto packet = read_ip_packet(bytes);
  if (!packet) return;
  within(packet->payload, bytes);
  within(packet->source, bytes);
  within(packet->destination, bytes);
  FUZZ_CHECK(packet->source.size() == (packet->version == IpVersion::v4 ? 4 : 16));
  FUZZ_CHECK(packet->destination.size() == packet->source.size());
  FUZZ_CHECK(packet->header_bytes + packet->payload.size() <= bytes.size());
  has_right_header_checksum(bytes);
  // What is not all there cannot be told.
  FUZZ_CHECK(has_right_transport_checksum(*packet) || !(packet->cut || packet->is_fragment()));
  if (!packet->begins()) return;
  walk_tcp(packet->payload);
  walk_udp(packet->payload);
  walk_icmp(packet->payload, packet->version, depth);
  walk_neighbour(*packet);
}

void walk_arp(Bytes bytes) {
  const auto packet = read_arp_packet(bytes);
  if (!packet) return;
  std::array<std::byte, k_arp_packet_bytes> written;
  write_arp_packet(*packet, written);
  FUZZ_CHECK(std::ranges::equal(written, bytes.first(written.size())));
}

void walk_frame(Bytes bytes) {
  const auto frame = read_ethernet_frame(bytes);
  if (!frame) return;
  within(frame->payload, bytes);
  walk_arp(frame->payload);
  walk_packet(frame->payload, 0);
}

// However the bytes are parted, the sum is the same.
void sum_up(Bytes bytes, std::size_t cut) {
  cut = std::min(cut, bytes.size()) & ~std::size_t{1};
  InternetSum sum;
  sum.add(bytes.first(cut));
  sum.add(bytes.subspan(cut));
  FUZZ_CHECK(sum.checksum() == internet_checksum(bytes));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const Bytes bytes = std::as_bytes(std::span(data + 1, size - 1));
  switch (data[0] % 8) {
    case 0: walk_frame(bytes); break;
    case 1: walk_arp(bytes); break;
    case 2: walk_tcp(bytes); break;
    case 3: walk_icmp(bytes, IpVersion::v4, 0); break;
    case 4: walk_icmp(bytes, IpVersion::v6, 0); break;
    default: walk_packet(bytes, 0); break;
  }
  sum_up(bytes, data[0]);
  return 0;
}
