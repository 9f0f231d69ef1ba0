#include "patchbay/tools/scan/run/held_back.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "patchbay/base/time.hpp"

namespace patchbay {
namespace {

// Of `ports` that answer, over a path that loses so many of the exchanges.
AnswersByTry lossy(double ports, double loss, unsigned rounds, std::uint64_t silent_on_purpose) {
  const auto answered_by = [&](unsigned tries) { return ports * (1 - std::pow(loss, tries)); };
  AnswersByTry answers{.first = static_cast<std::uint64_t>(answered_by(1)),
                       .second = static_cast<std::uint64_t>(answered_by(2) - answered_by(1)),
                       .silent = silent_on_purpose};
  if (rounds > 2) {
    answers.later = static_cast<std::uint64_t>(answered_by(rounds) - answered_by(2));
  }
  answers.silent += static_cast<std::uint64_t>(ports - answered_by(rounds));
  return answers;
}

// So many ports, of which each round brings so many, the first perhaps a burst.
AnswersByTry limited(std::uint64_t ports, std::uint64_t burst, std::uint64_t each,
                     unsigned rounds) {
  AnswersByTry answers{.first = burst, .second = each};
  if (rounds > 2) answers.later = each * (rounds - 2);
  const std::uint64_t answered = answers.first + answers.second + answers.later;
  answers.silent = ports > answered ? ports - answered : 0;
  return answers;
}

TEST(HeldBack, AHostWithALimitIsSurelyOne) {
  EXPECT_EQ(holds_back(limited(10'000, 220, 200, 4), 4), HoldsBack::surely);
  EXPECT_EQ(holds_back(limited(1'000, 20, 20, 4), 4), HoldsBack::surely);
}

// A burst of five and then two hundred a second, where a round takes a tenth of a second or less.
// Ten rounds took a second, and in the middle the next one began.
TEST(HeldBack, AHostThatCountsByTheSecondIsOneToo) {
  EXPECT_EQ(holds_back({.first = 200, .later = 200, .silent = 600}, 10), HoldsBack::surely);
}

TEST(HeldBack, AFewAnswersARoundAreEnoughToSaySo) {
  for (unsigned rounds = 4; rounds <= 10; ++rounds) {
    EXPECT_EQ(holds_back(limited(1'000, 5, 6, rounds), rounds), HoldsBack::seemingly) << rounds;
    EXPECT_EQ(holds_back(limited(100, 6, 6, rounds), rounds), HoldsBack::seemingly) << rounds;
  }
  EXPECT_EQ(holds_back(limited(1'000, 1, 1, 10), 10), HoldsBack::seemingly);
}

TEST(HeldBack, WhoeverIsAskedTwoOrThreeTimesOnlyMaySeemToDoSo) {
  EXPECT_EQ(holds_back(limited(1'000, 20, 20, 2), 2), HoldsBack::seemingly);
  EXPECT_EQ(holds_back(limited(1'000, 20, 20, 3), 3), HoldsBack::seemingly);
  EXPECT_EQ(holds_back(limited(1'000, 5, 5, 2), 2), HoldsBack::no);  // that may be chance
  EXPECT_EQ(holds_back(limited(1'000, 20, 20, 1), 1), HoldsBack::no);
}

TEST(HeldBack, LossIsNoLimit) {
  for (const double loss : {0.01, 0.05, 0.2, 0.5, 0.7}) {
    for (const double ports : {30.0, 100.0, 1'000.0, 65'535.0}) {
      for (const std::uint64_t silent : {std::uint64_t{0}, std::uint64_t{100}}) {
        for (unsigned rounds = 1; rounds <= 10; ++rounds) {
          EXPECT_EQ(holds_back(lossy(ports, loss, rounds, silent), rounds), HoldsBack::no)
              << loss << " of " << ports << " and " << silent << ", " << rounds << " rounds";
        }
      }
    }
  }
}

TEST(HeldBack, WhoHasAnsweredEverythingHoldsNothingBack) {
  EXPECT_EQ(holds_back({.first = 100, .second = 100, .later = 800}, 10), HoldsBack::no);
  EXPECT_EQ(holds_back({}, 10), HoldsBack::no);
  EXPECT_EQ(holds_back({.silent = 1'000}, 10), HoldsBack::no);
}

// So many a second, and rounds that come so long after one another.
HoldsBack of_rounds(double per_second, const std::vector<Duration>& gaps, std::uint64_t silent) {
  PairedRounds rounds;
  Duration before = Duration::max();
  for (const Duration gap : gaps) {
    const double answers = per_second * std::chrono::duration<double>(gap).count();
    rounds.add(static_cast<std::uint32_t>(answers), gap >= before);
    before = gap;
  }
  return rounds.holds_back(silent);
}

TEST(HeldBack, ALongRoundDoesNotHideALimit) {
  EXPECT_EQ(of_rounds(200, {1s, 100ms, 100ms, 110ms}, 600), HoldsBack::surely);
  EXPECT_EQ(of_rounds(200, {100ms, 1s, 100ms, 110ms}, 600), HoldsBack::surely);
  EXPECT_EQ(of_rounds(200, {2s, 1s, 500ms, 500ms, 700ms}, 100), HoldsBack::seemingly);
  EXPECT_EQ(of_rounds(200, {1s, 100ms, 100ms}, 600), HoldsBack::no) << "one pair may be chance";
  EXPECT_EQ(of_rounds(200, {1s, 100ms, 100ms, 110ms}, 0), HoldsBack::no) << "nobody is silent";
}

TEST(HeldBack, RoundsOfAPathThatLosesBringLessAndLess) {
  for (const double loss : {0.01, 0.05, 0.2, 0.5, 0.7}) {
    for (const double ports : {30.0, 100.0, 1'000.0, 65'535.0}) {
      PairedRounds rounds;
      double left = ports * loss;  // after the first
      for (int round = 2; round <= 10; ++round, left *= loss) {
        rounds.add(static_cast<std::uint32_t>(left * (1 - loss)), true);
        EXPECT_EQ(rounds.holds_back(1'000'000), HoldsBack::no) << loss << " of " << ports;
      }
    }
  }
}

TEST(HeldBack, WhoWasAwayForARoundHoldsNothingBack) {
  PairedRounds rounds;
  for (const std::uint32_t answers : {500U, 0U, 250U, 125U, 62U}) rounds.add(answers, true);
  EXPECT_EQ(rounds.holds_back(10'000), HoldsBack::no);
}

TEST(HeldBack, WhoWakesUpLateHoldsNothingBack) {
  EXPECT_EQ(holds_back({.second = 100, .silent = 900}, 2), HoldsBack::no);
  EXPECT_EQ(holds_back({.second = 100, .silent = 900}, 4), HoldsBack::no);
  EXPECT_EQ(holds_back({.later = 280, .silent = 80}, 10), HoldsBack::no);
}

}  // namespace
}  // namespace patchbay
