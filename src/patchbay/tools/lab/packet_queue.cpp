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

// The lane with the later end of those that end before; where both end later, that with less to
// pass.
PacketQueue::Lane& PacketQueue::lane_for(Instant due) {
  const auto end_of = [](const Lane& lane) {
    return lane.empty() ? Instant::min() : lane.back().due;
  };
  const Instant first = end_of(lanes_[0]), second = end_of(lanes_[1]);
  const bool is_behind_both = std::max(first, second) <= due;
  return lanes_[is_behind_both == (second > first) ? 1 : 0];
}

// Of a non-empty queue: the lane whose first packet is the next.
const PacketQueue::Lane& PacketQueue::next_lane() const {
  if (lanes_[1].empty()) return lanes_[0];
  if (lanes_[0].empty()) return lanes_[1];
  const auto place = [](const Lane& lane) {
    return std::pair(lane.front().due, lane.front().number);
  };
  return place(lanes_[1]) < place(lanes_[0]) ? lanes_[1] : lanes_[0];
}

bool PacketQueue::push(Instant due, std::size_t size) {
  if (this->size() >= most_packets_) return false;
  const Packet packet{due, pushed_++, std::exchange(room_, take_block()), size};
  Lane& lane = lane_for(due);
  auto place = lane.end();
  while (place != lane.begin() && std::prev(place)->due > due) --place;
  lane.insert(place, packet);
  return true;
}

bool PacketQueue::push_copy(Instant due, std::size_t size) {
  std::byte* const original = room_;
  if (!push(due, size)) return false;
  std::memcpy(room_, original, size);
  return true;
}

std::span<std::byte> PacketQueue::pop() {
  Lane& lane = lanes_[&next_lane() == &lanes_[1] ? 1 : 0];
  const Packet packet = lane.front();
  lane.pop_front();
  return {packet.data, packet.size};
}

}  // namespace patchbay
