// Whether a packet that was received is what was sent, as far as its checksums tell.
#pragma once

#include "patchbay/wire/ip_packet.hpp"

namespace patchbay {

// The checksum of TCP, UDP, ICMP or ICMPv6 in it. What cannot be told counts as right: a fragment
// and a packet that was cut have not all that was summed up, other protocols are not known, and a
// datagram over IPv4 may do without (RFC 768), which over IPv6 is wrong (RFC 8200 section 8.1).
// IPv4's own header is has_right_header_checksum()'s.
bool has_right_transport_checksum(const IpPacketView& packet);

}  // namespace patchbay
