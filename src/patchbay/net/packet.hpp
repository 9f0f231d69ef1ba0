// Packet sockets: whole frames as an interface sees them (packet(7)). Needs CAP_NET_RAW.
#pragma once

#include <linux/filter.h>
#include <linux/if_ether.h>

#include <cstdint>
#include <optional>
#include <span>

#include "patchbay/net/datagram_socket.hpp"
#include "patchbay/net/link_address.hpp"

namespace patchbay {

struct PacketOptions {
  std::uint32_t interface = 0;         // its index; 0 for all
  std::uint16_t protocol = ETH_P_ALL;  // an ethertype; ETH_P_ALL also hears what this host sends
  bool cooked = false;  // without the link's header, which the peer's address replaces
  std::span<const sock_filter> filter = {};  // PacketFilter::program(), or any other
  bool promiscuous = false;                  // hear what is meant for others; needs an interface
  bool ignore_outgoing = false;              // not what this host sends
  // Original length, VLAN tag and checksum state, in a batch with .metadata. The tag is told only
  // to sockets of ETH_P_ALL: the kernel drops it before it looks for those of one ethertype.
  bool auxdata = false;
  bool timestamp = false;                                // when the kernel saw it, likewise
  std::optional<std::size_t> receive_buffer_bytes = {};  // as in IpOptions
  std::optional<std::size_t> send_buffer_bytes = {};
};

// A frame in the caller's memory.
struct Frame {
  std::size_t size = 0;
  LinkAddress link;
  bool truncated = false;
};

// Result<Frame>.
class ReceiveFrameOp : public ReceiveIntoOp {
 public:
  using ReceiveIntoOp::ReceiveIntoOp;
  Result<Frame> await_resume();
};

// Result<>: the kernel has taken it.
class SendFrameOp : public Op {
 public:
  SendFrameOp(Port* socket, int on, std::span<const std::byte> bytes, std::optional<LinkAddress> to,
              Deadline deadline)
      : Op(OpKind::send_batch, socket, on, deadline), bytes_(bytes), to_(to) {}
  bool await_ready();
  Result<> await_resume() const;

 private:
  std::span<const std::byte> bytes_;
  std::optional<LinkAddress> to_;
  DatagramBatch::Slot slot_;
  std::optional<DatagramBatch> batch_;
};

// Batches are received and sent as on any DatagramSocket; batch[i].link() is the address. A cooked
// socket sends to that address; any other writes the link's header itself.
//
// An interface that goes down ends a receive, once, as `unreachable`.
class PacketSocket : public DatagramSocket {
 public:
  using DatagramSocket::receive;
  using DatagramSocket::send;

  // Hears nothing until the filter is in place. Faults: permission, system (no such interface, an
  // invalid filter).
  static Result<PacketSocket> open(const PacketOptions& options = {});

  ReceiveFrameOp receive(std::span<std::byte> into, Deadline deadline = {}) {
    return {&port(), handle(), into, deadline};
  }
  // By the interface that the socket was opened on. Faults: limit (larger than its MTU),
  // unreachable (it is down).
  SendFrameOp send(std::span<const std::byte> bytes, Deadline deadline = {}) {
    return {&port(), handle(), bytes, std::nullopt, deadline};
  }
  SendFrameOp send_to(std::span<const std::byte> bytes, const LinkAddress& to,
                      Deadline deadline = {}) {
    return {&port(), handle(), bytes, to, deadline};
  }

  // The interface hears everything for as long as any socket asks for it and is open.
  Result<> set_promiscuous(std::uint32_t interface, bool wanted);
  // Frames to one more hardware address, usually a group's.
  Result<> join(std::uint32_t interface, const std::array<std::uint8_t, 6>& group);
  Result<> leave(std::uint32_t interface, const std::array<std::uint8_t, 6>& group);

  // Since it was asked last.
  struct Statistics {
    std::uint32_t received = 0;  // those dropped included
    std::uint32_t dropped = 0;   // for want of room in the socket's buffer
  };
  Result<Statistics> statistics();

 private:
  using DatagramSocket::DatagramSocket;

  Result<> prepare(const PacketOptions& options);
};

}  // namespace patchbay
