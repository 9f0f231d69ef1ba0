#include "patchbay/tools/scan/run/time_left.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

double seconds_left(const RoundSoFar& round) {
  return std::chrono::duration<double>(time_left(round).value()).count();
}

// Ten seconds into the second of three rounds of 10,000 silent targets, at 500 a second.
RoundSoFar half_of_the_second() {
  return {.number = 2,
          .position = 5000,
          .positions = 10'000,
          .ceiling = 500,
          .pace = {.lasted = 10s, .passed = 5000, .asked = 5000},
          .last = {.lasted = 20s, .passed = 10'000, .asked = 10'000},
          .rounds = 3,
          .patience = 1s,
          .tail = 1s};
}

TEST(TimeLeft, IsOfThisRoundAndOfThoseToCome) {
  const RoundSoFar round = half_of_the_second();
  EXPECT_NEAR(seconds_left(round), 10 + 1 + 20 + 1, 1e-6);
  EXPECT_DOUBLE_EQ(done_of(round), 0.5);
}

TEST(TimeLeft, IsOfThoseWhoAreSilent) {
  RoundSoFar round = half_of_the_second();
  round.settled = 9000;
  EXPECT_NEAR(seconds_left(round), 1 + 1 + 2 + 1, 1e-6);
  EXPECT_DOUBLE_EQ(done_of(round), 10'500.0 / 12'000);
}

// Whatever the ceiling allows.
TEST(TimeLeft, GoesByThePaceThatIsSeen) {
  RoundSoFar round = half_of_the_second();
  round.ceiling = 1e6;
  EXPECT_NEAR(seconds_left(round), 32, 1e-6);
  round.pace = {.lasted = 1ms, .passed = 50, .asked = 50};  // too few to tell
  EXPECT_NEAR(seconds_left(round), 32, 1e-6);
  round.last = {};
  EXPECT_LT(seconds_left(round), 3);
}

// At half of the first round a quarter of those that can be told of were silent.
TEST(TimeLeft, OfTheFirstRoundIsWhatItHasShown) {
  const RoundSoFar round{.number = 1,
                         .position = 5000,
                         .positions = 10'000,
                         .waiting = 1000,
                         .settled = 3000,
                         .ceiling = 100,
                         .pace = {.lasted = 15s, .passed = 5000, .asked = 5000},
                         .rounds = 2,
                         .hurried = 1};
  EXPECT_NEAR(seconds_left(round), 15 + 25, 1e-6);
  EXPECT_DOUBLE_EQ(done_of(round), 5000.0 / 12'500);
}

TEST(TimeLeft, IsNoneAsLongAsNothingIsKnown) {
  RoundSoFar round{.position = 1000,
                   .positions = 10'000,
                   .waiting = 1000,
                   .pace = {.lasted = 2s, .passed = 1000, .asked = 1000}};
  EXPECT_FALSE(time_left(round));
  round.waiting = 0;
  EXPECT_TRUE(time_left(round));
  round.pace.lasted = 100ms;
  EXPECT_FALSE(time_left(round));
}

TEST(TimeLeft, OfAHostThatIsFollowedIsWhatItAnswers) {
  RoundSoFar round = half_of_the_second();
  round.follows = true;
  EXPECT_FALSE(time_left(round));
  round.settled = 6000;
  round.pace.answers = 1000;
  round.last.answers = 5000;
  EXPECT_NEAR(seconds_left(round), 20, 1e-6);
  EXPECT_DOUBLE_EQ(done_of(round), 0.6);
}

TEST(TimeLeft, IsNoNumberThatDoesNotFit) {
  RoundSoFar round = half_of_the_second();
  round.ceiling = 1e-300;
  EXPECT_GT(seconds_left(round), 1e9);
}

}  // namespace
}  // namespace patchbay
