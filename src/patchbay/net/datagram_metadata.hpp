// What the kernel tells about a datagram beside its bytes, and what it takes along when one is
// sent: the control messages of recvmsg(2) and sendmsg(2), as values.
#pragma once

#include <sys/socket.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "patchbay/net/address.hpp"

namespace patchbay {

// Of a frame from a packet socket (PACKET_AUXDATA, packet(7)).
struct PacketAuxdata {
  std::size_t original_bytes = 0;              // on the wire, even if less was captured
  bool checksum_not_ready = false;             // sent from here; the card would have filled it in
  bool checksum_valid = false;                 // the card has verified it
  std::optional<std::uint16_t> vlan_tag = {};  // priority, DEI and VLAN id, taken off the frame
  std::uint16_t vlan_protocol = 0;             // 0x8100 or 0x88a8, with a tag
};

// Only what the socket was asked for (ReceiveMetadata in udp_options.hpp) is there.
struct DatagramMetadata {
  // Several datagrams of this many bytes each, the last possibly shorter, came as one (UDP GRO).
  std::optional<std::size_t> segment_bytes = {};
  std::optional<int> hop_limit = {};  // or TTL, 0..255
  std::optional<std::uint8_t> traffic_class = {};
  std::optional<IpAddress> destination = {};  // where the peer sent it: may be a group
  std::optional<IpAddress> local = {};        // the address to answer from; IPv4 only
  std::uint32_t interface = 0;                // it came in by; 0 when not asked for
  std::optional<std::chrono::system_clock::time_point> received_at = {};  // by the kernel
  std::optional<std::uint32_t> dropped = {};  // by this socket so far, for want of room
  std::optional<PacketAuxdata> auxdata = {};
};

// What may go along with a datagram; each field left empty leaves it to the socket and the routes.
struct SendSettings {
  // Cut the bytes into datagrams of this size, the last possibly shorter (UDP GSO): up to 64 of
  // them, 64 KiB in all, each no larger than the path's MTU.
  std::optional<std::uint16_t> segment_bytes = {};
  std::optional<IpAddress> source = {};
  std::uint32_t interface = 0;
  std::optional<int> hop_limit = {};
  std::optional<std::uint8_t> traffic_class = {};
};

// An entry of a socket's error queue: who could not deliver a datagram of ours, and why (ip(7),
// IP_RECVERR). The bytes that come with it are the beginning of what was sent.
struct ErrorReport {
  enum class Origin : std::uint8_t { local, icmp, icmp6, other };

  int code = 0;  // errno: ECONNREFUSED, EHOSTUNREACH, EMSGSIZE, …
  Origin origin = Origin::other;
  std::uint8_t icmp_type = 0;
  std::uint8_t icmp_code = 0;
  std::uint32_t mtu_bytes = 0;             // of the path, with EMSGSIZE
  std::optional<IpAddress> offender = {};  // the router or host that said so
  Endpoint destination = {};               // where the datagram was going
  std::size_t size = 0;                    // of the returned bytes

  // As any other fault: "cannot reach 192.0.2.1:53", and why.
  Error error() const;
};

// Both take control messages as the kernel wrote them.
DatagramMetadata parse_metadata(std::span<const std::byte> control);
std::optional<ErrorReport> parse_error_report(std::span<const std::byte> control);

// Writes control messages into memory that is aligned as a cmsghdr. What does not fit is left out.
class ControlWriter {
 public:
  explicit ControlWriter(std::span<std::byte> memory) : memory_(memory) {}

  template <class T>
  void add(int level, int type, const T& value) {
    if (memory_.size() - used_ < CMSG_SPACE(sizeof value)) return;
    cmsghdr header{};
    header.cmsg_len = CMSG_LEN(sizeof value);
    header.cmsg_level = level;
    header.cmsg_type = type;
    std::memcpy(memory_.data() + used_, &header, sizeof header);
    std::memcpy(memory_.data() + used_ + CMSG_LEN(0), &value, sizeof value);
    used_ += CMSG_SPACE(sizeof value);
  }
  void add(const SendSettings& settings, const Endpoint& to);
  // As the kernel would tell it: for engines that are none.
  void add(const DatagramMetadata& metadata);

  std::size_t size() const { return used_; }

 private:
  std::span<std::byte> memory_;
  std::size_t used_ = 0;
};

// What makes the answer to a datagram leave the way it came: from the address it was sent to, and
// in the same segments. A group or broadcast address cannot be answered from; the routes choose
// then.
SendSettings settings_for_reply(const DatagramMetadata& metadata);

}  // namespace patchbay
