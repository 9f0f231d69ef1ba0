// How large the ring is that the answers of a scan are read from (packet_ring.hpp).
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "patchbay/net/packet_ring.hpp"

namespace patchbay {

// Of so many answers as may be on their way all have room. But where the scanner has no processor
// for longer than it takes to fill the largest, some are lost, counted, and asked for again.
//
// A block is handed over each millisecond, however few are in it: so there are always as many, and
// what comes one by one may wait for a quarter of a second.
constexpr PacketRingOptions ring_for(std::uint64_t answers) {
  constexpr std::size_t k_answer_bytes = 160;  // with what the kernel tells of it
  constexpr std::uint64_t k_most_answers = 1 << 20;
  constexpr PacketRingOptions largest;
  const std::size_t bytes = std::min(answers, k_most_answers) * k_answer_bytes / largest.blocks;
  constexpr std::size_t k_page = 4096;
  return {.block_bytes = std::clamp(std::bit_ceil(bytes), k_page, largest.block_bytes),
          .blocks = largest.blocks};
}

}  // namespace patchbay
