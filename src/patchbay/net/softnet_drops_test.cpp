#include "patchbay/net/softnet_drops.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

TEST(SoftnetDrops, AreThoseOfAllProcessors) {
  // As Linux 6.1 writes it, where the second processor has lost 16 frames and the first 2.
  EXPECT_EQ(softnet_drops_in("0096cbc0 00000002 00000000 00000000 00000000 00000000 00000000 "
                             "00000000 00000000 00000000 00000000 00000000 00000000\n"
                             "008d2e0f 00000010 00000001 00000000 00000000 00000000 00000000 "
                             "00000000 00000000 00000000 00000000 00000000 00000001\n"),
            18U);
  EXPECT_EQ(softnet_drops_in("00000000 ffffffff 0\n00000000 00000003 0\n"), 2U);  // it went round
}

TEST(SoftnetDrops, AreNotKnownOfWhateverLooksOtherwise) {
  EXPECT_FALSE(softnet_drops_in(""));
  EXPECT_FALSE(softnet_drops_in("\n"));
  EXPECT_FALSE(softnet_drops_in("0096cbc0 0000002\n"));
  EXPECT_FALSE(softnet_drops_in("0096cbc0 0000 002 00000000\n"));
  EXPECT_FALSE(softnet_drops_in("0096cbc0 00000002 00000000\nnonsense here, and more\n"));
}

TEST(SoftnetDrops, AreToldByThisKernel) { EXPECT_TRUE(softnet_drops()); }

}  // namespace
}  // namespace patchbay
