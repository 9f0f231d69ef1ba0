// Raw IP sockets: ICMP and whatever else has no socket of its own (raw(7)). Needs CAP_NET_RAW.
#pragma once

#include <linux/filter.h>

#include <cstdint>
#include <optional>
#include <span>

#include "patchbay/net/datagram_socket.hpp"
#include "patchbay/net/udp_options.hpp"

namespace patchbay {

struct RawOptions {
  bool with_header = false;  // what is sent begins with an IP header of the sender's (IP_HDRINCL)
  bool broadcast = false;    // allow sending to broadcast addresses
  // Where the kernel puts the checksum into what is sent over IPv6, and checks it on receipt
  // (RFC 3542 3.1). ICMPv6 needs none: there the kernel always does.
  std::optional<int> checksum_offset_bytes = {};
  std::span<const sock_filter> filter = {};
  IpOptions ip = {};
};

// Ports of its endpoints are 0. What is received begins with the IP header over IPv4 and does not
// over IPv6: payload_of() takes the difference away. A copy of each packet of the protocol arrives,
// other programs' included: check that it is yours. A filter holds only for what comes after
// open(), and a packet or two may have come before.
class RawSocket : public IpDatagramSocket {
 public:
  // `protocol` is an IPPROTO_ number, 1 to 255. Faults: permission, system.
  static Result<RawSocket> open(Family family, int protocol, const RawOptions& options = {});

  // From now on it receives only what comes to `local`, and sends from it.
  Result<> bind(const IpAddress& local);
  // On an ICMP or ICMPv6 socket: hear these types and no others.
  Result<> hear_only(std::span<const std::uint8_t> icmp_types);

  // Received bytes without the IP header; empty if they are too short to be a packet.
  std::span<const std::byte> payload_of(std::span<const std::byte> received) const;

  Family family() const { return family_; }
  Result<> set(const IpOptions& options) { return apply(port(), handle(), family_, options); }
  Result<> join(const Membership& membership) {
    return patchbay::join(port(), handle(), membership);
  }
  Result<> leave(const Membership& membership) {
    return patchbay::leave(port(), handle(), membership);
  }

 private:
  RawSocket(Port& port, int handle, Family family)
      : IpDatagramSocket(port, handle), family_(family) {}

  Result<> prepare(const RawOptions& options);

  Family family_;
};

}  // namespace patchbay
