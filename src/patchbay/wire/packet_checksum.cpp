#include "patchbay/wire/packet_checksum.hpp"

#include "patchbay/wire/internet_checksum.hpp"
#include "patchbay/wire/udp_datagram.hpp"

namespace patchbay {

namespace {

bool is_right_behind_pseudo_header(const IpPacketView& packet, std::span<const std::byte> bytes) {
  InternetSum sum =
      pseudo_header_sum(packet.source, packet.destination, packet.protocol, bytes.size());
  sum.add(bytes);
  return sum.checksum() == 0;
}

// Its own length says what was summed up, and not that of the packet.
bool is_right_datagram(const IpPacketView& packet) {
  const auto datagram = read_udp_datagram(packet.payload);
  if (!datagram || datagram->cut) return true;
  if (datagram->checksum == 0) return packet.version == IpVersion::v4;
  return is_right_behind_pseudo_header(
      packet, packet.payload.first(k_udp_header_bytes + datagram->payload.size()));
}

}  // namespace

bool has_right_transport_checksum(const IpPacketView& packet) {
  if (packet.cut || packet.is_fragment()) return true;
  const bool v6 = packet.version == IpVersion::v6;
  switch (packet.protocol) {
    case k_protocol_tcp: return is_right_behind_pseudo_header(packet, packet.payload);
    case k_protocol_udp: return is_right_datagram(packet);
    case k_protocol_icmp: return v6 || internet_checksum(packet.payload) == 0;
    case k_protocol_icmpv6: return !v6 || is_right_behind_pseudo_header(packet, packet.payload);
    default: return true;
  }
}

}  // namespace patchbay
