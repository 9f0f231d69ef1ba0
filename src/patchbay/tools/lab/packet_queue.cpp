#include "patchbay/tools/lab/packet_queue.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace patchbay {

namespace {
constexpr std::size_t k_slab_blocks = 64;
}

PacketQueue::PacketQueue(std::size_t packet_bytes, std::size_t most_packets)
    : packet_bytes_(packet_bytes), most_packets_(most_packets), room_(take_block()) {}

std::byte* PacketQueue::take_block() {
  if (free_.empty()) {
    // Not cleared: it is written before it is read.
    slabs_.push_back(std::make_unique_for_overwrite<std::byte[]>(k_slab_blocks * packet_bytes_));
    for (std::size_t i = k_slab_blocks; i > 0; --i) {
      free_.push_back(slabs_.back().get() + (i - 1) * packet_bytes_);
    }
  }
  std::byte* const block = free_.back();
  free_.pop_back();
  return block;
}

bool PacketQueue::push(Instant due, std::size_t size) {
  if (packets_.size() >= most_packets_) return false;
  const Packet packet{due, std::exchange(room_, take_block()), size};
  // Nearly every packet belongs at the end; one that overtakes others passes the few held back.
  auto place = packets_.end();
  while (place != packets_.begin() && std::prev(place)->due > due) --place;
  packets_.insert(place, packet);
  return true;
}

bool PacketQueue::push_copy(Instant due, std::size_t size) {
  std::byte* const original = room_;
  if (!push(due, size)) return false;
  std::memcpy(room_, original, size);
  return true;
}

std::span<std::byte> PacketQueue::pop() {
  const Packet packet = packets_.front();
  packets_.pop_front();
  return {packet.data, packet.size};
}

}  // namespace patchbay
