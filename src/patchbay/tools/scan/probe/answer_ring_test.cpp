#include "patchbay/tools/scan/probe/answer_ring.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

TEST(AnswerRing, IsAsLargeAsItHasToBe) {
  EXPECT_EQ(ring_for(0).block_bytes, 4096U);
  EXPECT_EQ(ring_for(1'000).block_bytes, 4096U);
  EXPECT_EQ(ring_for(10'000).block_bytes, 8192U);
  EXPECT_EQ(ring_for(100'000).block_bytes, PacketRingOptions().block_bytes);
  EXPECT_EQ(ring_for(UINT64_MAX).block_bytes, PacketRingOptions().block_bytes);
  EXPECT_EQ(ring_for(1).blocks, PacketRingOptions().blocks) << "what trickles in takes as many";
}

}  // namespace
}  // namespace patchbay
