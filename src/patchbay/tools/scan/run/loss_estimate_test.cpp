#include "patchbay/tools/scan/run/loss_estimate.hpp"

#include <gtest/gtest.h>

#include <random>

namespace patchbay {
namespace {

struct Asked {
  LossEstimate estimate;
  double missed = 0;
};

// So many targets that would answer, each asked up to `tries` times over a path with that loss.
Asked ask(std::uint64_t seed, int targets, unsigned tries, double loss) {
  std::mt19937_64 chance(seed);
  std::bernoulli_distribution fails(loss);
  Asked asked;
  for (int i = 0; i < targets; ++i) {
    unsigned attempt = 1;
    while (attempt <= tries && fails(chance)) ++attempt;
    if (attempt <= tries) {
      asked.estimate.answered(attempt);
    } else {
      ++asked.missed;
    }
  }
  return asked;
}

TEST(LossEstimate, FindsTheLossFromTheTriesThatWereAnswered) {
  for (const double loss : {0.01, 0.05, 0.2, 0.5}) {
    for (const unsigned tries : {2U, 3U, 6U}) {
      const Asked asked = ask(1, 60'000, tries, loss);
      EXPECT_NEAR(asked.estimate.loss(tries), loss, 0.1 * loss) << loss << " in " << tries;
    }
  }
}

TEST(LossEstimate, TellsHowManyWereMissed) {
  double told = 0;
  double missed = 0;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const Asked asked = ask(seed, 10'000, 2, 0.05);
    told += asked.estimate.missed(2);
    missed += asked.missed;
  }
  EXPECT_GT(missed, 500);
  EXPECT_NEAR(told / missed, 1, 0.15);
}

TEST(LossEstimate, MoreAnswersOfTheSameKindsAreTheSameLoss) {
  LossEstimate some;
  LossEstimate more;
  for (int i = 0; i < 1000; ++i) {
    const unsigned attempt = i % 20 == 0 ? 2 : 1;
    some.answered(attempt);
    for (int times = 0; times < 3; ++times) more.answered(attempt);
  }
  EXPECT_EQ(some.grown(3).answers(), 3000U);
  EXPECT_EQ(some.grown(3).missed(2), more.missed(2));
  EXPECT_EQ(some.grown(1).missed(2), some.missed(2));
}

TEST(LossEstimate, SamplesTellWhatOneTryCannot) {
  std::mt19937_64 chance(4);
  std::bernoulli_distribution fails(0.02);
  Asked asked = ask(9, 10'000, 1, 0.02);
  for (int i = 0; i < 10'000; ++i) asked.estimate.sampled(!fails(chance));
  EXPECT_NEAR(asked.estimate.loss(1), 0.02, 0.004);
  EXPECT_NEAR(asked.estimate.missed(1) / asked.missed, 1, 0.3);
}

// Three answers at once and 65,532 that are silent for ever: a firewall, and three tries tell so.
TEST(LossEstimate, SilenceIsNoLoss) {
  LossEstimate estimate;
  for (int i = 0; i < 3; ++i) estimate.answered(1);
  EXPECT_GT(estimate.missed(1), 0.001);
  EXPECT_LT(estimate.missed(3), 0.001);
  EXPECT_EQ(estimate.seen_loss(), 0);
}

TEST(LossEstimate, WithoutAnyAnswerItTakesThreeTriesToBeSure) {
  const LossEstimate estimate;
  EXPECT_GT(estimate.missed(2), 0.001);
  EXPECT_LT(estimate.missed(3), 0.001);
  EXPECT_EQ(estimate.missed(0), 0);
}

TEST(LossEstimate, IsTheSameAfterAFile) {
  LossEstimate before;
  for (const unsigned attempt : {1U, 1U, 1U, 2U, 5U, 200U}) before.answered(attempt);
  before.sampled(true);
  before.sampled(false);
  const auto after = LossEstimate::of_counts(before.counts());
  ASSERT_TRUE(after);
  EXPECT_EQ(after->counts(), before.counts());
  EXPECT_EQ(after->answers(), 6U);
  EXPECT_EQ(after->loss(2), before.loss(2));
  EXPECT_EQ(LossEstimate().counts(), (std::vector<std::uint64_t>{0, 0}));
}

TEST(LossEstimate, CountsThatAreNoneAreRefused) {
  using Counts = std::vector<std::uint64_t>;
  EXPECT_FALSE(LossEstimate::of_counts(Counts{}));
  EXPECT_FALSE(LossEstimate::of_counts(Counts{1}));
  EXPECT_FALSE(LossEstimate::of_counts(Counts{1, 2})) << "more lost than samples";
  EXPECT_FALSE(LossEstimate::of_counts(Counts{0, 0, LossEstimate::k_most_counted + 1}));
  EXPECT_FALSE(LossEstimate::of_counts(Counts(LossEstimate::k_most_tries + 2)));
  EXPECT_TRUE(LossEstimate::of_counts(Counts(LossEstimate::k_most_tries + 1)));
}

}  // namespace
}  // namespace patchbay
