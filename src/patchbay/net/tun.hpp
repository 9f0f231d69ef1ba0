// Tun: a network device whose wire is this program: what its namespace sends there is received
// here, and what is sent here arrives there. IP packets, without a link layer.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "patchbay/net/network_namespace.hpp"
#include "patchbay/net/rtnetlink.hpp"
#include "patchbay/net/stream.hpp"

namespace patchbay {

struct TunOptions {
  std::string name = "tun%d";  // at most 15 bytes; the kernel puts the first free number for %d
  int mtu_bytes = 1500;        // 68 to 65,535; below 1,280 there is no IPv6
  // How many packets wait for us before the kernel drops them.
  int queue_packets = 5000;
  std::vector<InterfaceAddress> addresses = {};
};

// Result<size_t>: the bytes of one packet.
class PacketOp : public Op {
 public:
  using Op::Op;
  Result<std::size_t> await_resume() const {
    if (!succeeded()) return failure();
    return done;
  }
};

// The device exists as long as this does. Move-only, like a Stream.
class Tun {
 public:
  // Makes the device inside `where`, with its addresses, and sets it up; it is read and written on
  // the loop of this thread, whose engine has to adopt descriptors. Needs CAP_NET_ADMIN there, and
  // the right to open /dev/net/tun.
  static Result<Tun> open(const NetworkNamespace& where, const TunOptions& options = {});

  // One packet; what is longer than `into` is cut. Fails with EBADFD when the device is gone, which
  // happens when its namespace ends.
  PacketOp receive(std::span<std::byte> into, Deadline deadline = {}) {
    return {OpKind::read, &stream_.port(), stream_.handle(), deadline, into};
  }
  // One packet. EIO while the device is down; EINVAL when it is no IP packet.
  PacketOp send(std::span<const std::byte> packet, Deadline deadline = {});

  const std::string& name() const { return name_; }

 private:
  Tun(Stream stream, std::string name) : stream_(std::move(stream)), name_(std::move(name)) {}

  Stream stream_;
  std::string name_;
};

}  // namespace patchbay
