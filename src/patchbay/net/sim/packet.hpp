// Packet: what travels between hosts. Headers are fields, not bytes: frames as a wire carries them
// Packet: what travels between hosts. Headers are fields, not bytes: frames as a wire carries them
// are made only where a packet socket looks. Packets come from a pool and go back to it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "patchbay/net/address.hpp"
#include "patchbay/net/sim/agenda.hpp"

namespace patchbay::sim {

class Nic;
class PacketPool;

struct TcpHeader {
  // Counted in 64 bits, so that they never come round; a frame shows the lower 32.
  std::uint64_t sequence = 0;
  std::uint64_t acknowledged = 0;  // with `ack`: all before this has arrived
  std::uint32_t window = 0;        // bytes that may be sent from there on
  bool syn = false;
  bool ack = false;
  bool fin = false;
  bool rst = false;
  // As RFC 7323 has them: the sender's clock, and the peer's clock as it was heard last.
  Instant sent_at{};
  Instant echoed{};
};

class Packet final : public Pending {
 public:
  enum class Kind : std::uint8_t {
    tcp,
    udp,
    ip,           // any other protocol over IP, for raw sockets
    unreachable,  // an ICMP message: what was sent to `destination` did not arrive
    frame,        // bytes that a packet socket sent, the link's header in front
  };

  Kind kind = Kind::udp;
  std::uint8_t protocol = 0;  // of Kind::ip; of Kind::unreachable, what did not arrive
  std::uint8_t hop_limit = 64;
  std::uint8_t traffic_class = 0;
  bool to_group = false;  // multicast or broadcast
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  int error = 0;  // of Kind::unreachable, an errno
  IpAddress source;
  IpAddress destination;
  TcpHeader tcp;
  Nic* from = nullptr;
  Nic* to = nullptr;       // where it arrives
  Packet* next = nullptr;  // in the queue that holds it

  std::span<std::byte> bytes() { return {payload_, size_}; }
  std::span<const std::byte> bytes() const { return {payload_, size_}; }
  std::size_t size() const { return size_; }
  // On the wire: with the headers of its protocol and of IP.
  std::size_t wire_bytes() const;
  // Leaves out the first `count` bytes.
  void drop_front(std::size_t count) {
    payload_ += count;
    size_ -= count;
  }

  void happen() override;  // it arrives

 private:
  friend class PacketPool;
  friend struct Recycle;

  Packet(PacketPool& pool, std::size_t size_class) : pool_(pool), size_class_(size_class) {}

  PacketPool& pool_;
  std::size_t size_class_;
  std::byte* payload_ = nullptr;
  std::size_t size_ = 0;
};

struct Recycle {
  void operator()(Packet* packet) const;
};
using PacketPointer = std::unique_ptr<Packet, Recycle>;

class PacketPool {
 public:
  PacketPool() = default;
  ~PacketPool();
  PacketPool(const PacketPool&) = delete;
  PacketPool& operator=(const PacketPool&) = delete;

  // With that much payload, which is whatever the last packet left there.
  PacketPointer make(std::size_t payload_bytes);
  PacketPointer copy(const Packet& packet);

 private:
  friend struct Recycle;

  // A short message, a full Ethernet packet, and the largest that there is.
  static constexpr std::array<std::size_t, 3> k_payload_bytes = {128, 1664, 65'664};

  std::array<Packet*, 3> free_{};
  std::vector<std::byte*> blocks_;
};

// Packets in the order in which they came.
class PacketQueue {
 public:
  PacketQueue() = default;
  ~PacketQueue() { clear(); }
  PacketQueue(const PacketQueue&) = delete;
  PacketQueue& operator=(const PacketQueue&) = delete;

  bool empty() const { return first_ == nullptr; }
  std::size_t bytes() const { return bytes_; }
  Packet* front() { return first_; }
  void push(PacketPointer packet);
  PacketPointer pop();
  void clear() {
    while (!empty()) pop();
  }

 private:
  Packet* first_ = nullptr;
  Packet* last_ = nullptr;
  std::size_t bytes_ = 0;
};

}  // namespace patchbay::sim
