#include "patchbay/tools/lab/impairment_flags.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

TEST(Percent, IsReadWithItsSign) {
  EXPECT_EQ(parse_percent("0%"), 0.0);
  EXPECT_EQ(parse_percent("1%"), 0.01);
  EXPECT_EQ(parse_percent("0.05 %"), 0.0005);
  EXPECT_EQ(parse_percent("100%"), 1.0);
}

TEST(Percent, RefusesWhatCouldBeMeantEitherWay) {
  for (const char* text : {"", "1", "0.1", "-1%", "101%", "100.1%", "1%%", "%", "x%", "1e2%"}) {
    const auto share = parse_percent(text);
    ASSERT_FALSE(share) << text;
    EXPECT_FALSE(share.error().why.empty()) << text;
    EXPECT_EQ(share.error().remedy, "write a share as 1% or 0.05%") << text;
  }
  EXPECT_EQ(parse_percent("0.1").error().why,
            "it has no %, and could be meant as a part of 1 or of 100");
}

TEST(Percent, IsWrittenAsItIsRead) {
  EXPECT_EQ(format_percent(0.01), "1 %");
  EXPECT_EQ(format_percent(0.0005), "0.05 %");
}

TEST(Describe, TellsWhatGoesWrongAndNothingElse) {
  EXPECT_EQ(describe({}), "nothing");
  EXPECT_EQ(describe({.delay = 50ms}), "50 ms");
  EXPECT_EQ(describe({.delay = 50ms, .jitter = 5ms, .loss = 0.01}), "50 ms ± 5 ms, 1 % lost");
  EXPECT_EQ(describe({.loss = 0.02, .burst_packets = 8}), "2 % lost in bursts of 8");
  EXPECT_EQ(describe({.duplicate = 0.1, .reorder = 0.2}), "10 % twice, 20 % held back by 5 ms");
  EXPECT_EQ(describe({.rate_bits_per_second = 100'000'000}), "100 Mbit/s with a queue of 1000");
}

}  // namespace
}  // namespace patchbay
