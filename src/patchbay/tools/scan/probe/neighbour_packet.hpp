// Questions for hardware addresses and their answers, of both families: ARP (RFC 826) and neighbour
// discovery (RFC 4861), as frames of Ethernet.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "patchbay/net/address.hpp"
#include "patchbay/tools/scan/probe/probe_link.hpp"
#include "patchbay/wire/ethernet_header.hpp"

namespace patchbay {

struct NeighbourQuestion {
  EthernetAddress asker_link = {};
  // Of the target's family. 0.0.0.0 or ::, where this host has none: a probe as in RFC 5227, or a
  // solicitation that is answered to all.
  IpAddress asker;
  IpAddress target;
};

// To everybody, or to the group of the target.
FrameHeader header_of(const NeighbourQuestion& question);
// Behind that header; `into` has ProbePackets::k_most_short_bytes. Returns how many it takes.
std::size_t write_neighbour_question(const NeighbourQuestion& question, std::span<std::byte> into);

struct NeighbourReply {
  IpAddress address;
  EthernetAddress link = {};
};

// Of a frame without its header. Nothing: no reply, or one that claims a group's address.
// `sender` is the frame's, which a reply without its own means.
std::optional<NeighbourReply> read_neighbour_reply(std::uint16_t ethertype,
                                                   std::span<const std::byte> packet,
                                                   const EthernetAddress& sender);

}  // namespace patchbay
