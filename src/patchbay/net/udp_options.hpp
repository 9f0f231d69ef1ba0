// Options of UDP and raw IP sockets as types, for both families alike, and what is in force.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "patchbay/net/address.hpp"
#include "patchbay/net/op.hpp"

namespace patchbay {

// What the kernel is to tell beside each datagram. Needs a batch with .metadata to arrive in.
struct ReceiveMetadata {
  bool destination = false;    // the address it was sent to and the interface it came in by
  bool hop_limit = false;      // or TTL
  bool traffic_class = false;  // DSCP and ECN
  bool timestamp = false;      // when the kernel received it
  bool dropped = false;        // how many this socket lost for want of room
};

// What becomes of a datagram larger than the path's MTU (ip(7), IP_MTU_DISCOVER).
enum class Fragmentation : std::uint8_t {
  allow,   // it is sent in fragments
  forbid,  // it is refused (EMSGSIZE), and no router may cut it
  probe,   // no router may cut it, and what the kernel knows of the path is ignored
};

// Each field left empty leaves the kernel's default alone.
struct IpOptions {
  std::string interface = {};  // in and out by this one only (SO_BINDTODEVICE)
  // Bytes of payload bookkeeping and all. The kernel doubles the request and caps it at
  // net.core.rmem_max and wmem_max.
  std::optional<std::size_t> receive_buffer_bytes = {};
  std::optional<std::size_t> send_buffer_bytes = {};
  std::optional<int> hop_limit = {};            // or TTL, 1..255
  std::optional<int> multicast_hop_limit = {};  // 0 (this host) to 255; the kernel's is 1
  std::optional<bool> multicast_loopback = {};  // does this host hear it too? yes by default
  std::optional<std::uint32_t> multicast_interface = {};  // to leave by; its index
  std::optional<std::uint8_t> traffic_class = {};         // DSCP << 2 | ECN
  std::optional<Fragmentation> fragmentation = {};
  ReceiveMetadata metadata = {};
  bool error_queue = false;  // keep ICMP errors for receive_error() (IP_RECVERR)
};

struct UdpOptions {
  bool reuse_address = false;  // several sockets may have the port; for multicast listeners
  bool reuse_port = false;     // several loops share the port's load (SO_REUSEPORT)
  bool v6_only = true;         // [::]:port does not take IPv4 as well
  bool broadcast = false;      // allow sending to broadcast addresses
  bool coalesce = false;       // datagrams of one peer may come as one, with segment_bytes (GRO)
  IpOptions ip = {};
};

// What is in force.
struct UdpSettings {
  bool reuse_address = false;
  bool reuse_port = false;
  bool broadcast = false;
  bool coalesce = false;
  bool error_queue = false;
  std::string interface;
  std::size_t receive_buffer_bytes = 0;
  std::size_t send_buffer_bytes = 0;
  int hop_limit = 0;
  int multicast_hop_limit = 0;
  bool multicast_loopback = false;
  // Of an IPv6 socket; the kernel does not tell it of others.
  std::optional<std::uint32_t> multicast_interface;
  std::uint8_t traffic_class = 0;
  std::optional<Fragmentation> fragmentation;  // empty: as the system decides
  std::optional<std::size_t> path_mtu_bytes;   // of a connected socket
};

// As in IpOptions; for any socket.
Result<> set_buffers(Port& port, int handle, std::optional<std::size_t> receive_bytes,
                     std::optional<std::size_t> send_bytes);
// `dual` is an IPv6 socket that takes IPv4 too.
Result<> apply(Port& port, int handle, Family family, const IpOptions& options, bool dual = false);
// Before bind().
Result<> apply(Port& port, int handle, Family family, const UdpOptions& options);
Result<UdpSettings> read_udp_settings(Port& port, int handle, Family family);

// Membership of a multicast group on one interface. Interface 0: the group's own scope, or else the
// one that the routes choose. With a source only its datagrams count (RFC 3678).
struct Membership {
  IpAddress group;
  std::uint32_t interface = 0;
  std::optional<IpAddress> source = {};
};

// From the first join on, a socket hears only groups that it has joined itself. Without that, Linux
// lets it hear whatever any program on the host has joined.
Result<> join(Port& port, int handle, const Membership& membership);
Result<> leave(Port& port, int handle, const Membership& membership);

}  // namespace patchbay
