// PacketQueue: the packets that are on their way over a link, in the order in which they arrive.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "patchbay/base/time.hpp"

namespace patchbay {

// Memory grows with the packets on their way and is used again, never given back.
class PacketQueue {
 public:
  PacketQueue(std::size_t packet_bytes, std::size_t most_packets);

  // Where the next packet is to be read into; the same place until push() has taken it.
  std::span<std::byte> room() const { return {room_, packet_bytes_}; }
  // Takes the first `size` bytes of room(). Of those that are due at the same time the first pushed
  // is the first out. False: there are as many as allowed, and it is not taken.
  bool push(Instant due, std::size_t size);
  // As push(), and room() keeps what it has.
  bool push_copy(Instant due, std::size_t size);

  bool empty() const { return size() == 0; }
  std::size_t size() const { return lanes_[0].size() + lanes_[1].size(); }
  Instant next_due() const { return empty() ? Instant::max() : next_lane().front().due; }
  // Takes out the next one. Its memory stays as it is until it is given back.
  std::span<std::byte> pop();
  void give_back(std::span<std::byte> packet) { free_.push_back(packet.data()); }

 private:
  struct Packet {
    Instant due;
    std::uint64_t number;  // as they were pushed
    std::byte* data;
    std::size_t size;
  };
  using Lane = std::deque<Packet>;  // in order

  std::byte* take_block();
  Lane& lane_for(Instant due);
  const Lane& next_lane() const;

  std::size_t packet_bytes_;
  std::size_t most_packets_;
  std::vector<std::unique_ptr<std::byte[]>> slabs_;
  std::vector<std::byte*> free_;
  std::byte* room_;
  std::uint64_t pushed_ = 0;
  // Two, so that a packet is appended to one of them also while others are held back: those are in
  // one, and what overtakes them in the other.
  Lane lanes_[2];
};

}  // namespace patchbay
