#include "patchbay/tools/scan/run/life_signs.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

bool anybody(ScanTarget) { return true; }

std::vector<ScanTarget> all_asked(LifeSigns& signs) {
  std::vector<ScanTarget> asked;
  while (const auto target = signs.next()) asked.push_back(*target);
  return asked;
}

TEST(LifeSigns, NobodyIsAskedWhereNobodyHasAnswered) {
  LifeSigns signs;
  signs.begin(4, anybody);
  EXPECT_FALSE(signs.next());
  EXPECT_TRUE(signs.are_settled());
  EXPECT_FALSE(signs.are_late());
}

TEST(LifeSigns, TheLatestOfBothKindsAreAsked) {
  LifeSigns signs;
  for (ScanTarget target = 0; target < 20; ++target) signs.heard(target, AnswerKind::shut);
  signs.heard(100, AnswerKind::open);
  signs.begin(4, anybody);
  EXPECT_EQ(all_asked(signs), (std::vector<ScanTarget>{100, 19, 18, 17}));
  signs.heard(101, AnswerKind::open);
  signs.begin(4, anybody);
  EXPECT_EQ(all_asked(signs), (std::vector<ScanTarget>{101, 19, 100, 18}));
  signs.begin(100, anybody);
  EXPECT_EQ(all_asked(signs).size(), 2 + LifeSigns::k_most);
}

TEST(LifeSigns, WhoIsGivenUpIsNotAsked) {
  LifeSigns signs;
  for (ScanTarget target = 0; target < 4; ++target) signs.heard(target, AnswerKind::shut);
  signs.begin(4, [](ScanTarget target) { return target % 2 == 0; });
  EXPECT_EQ(all_asked(signs), (std::vector<ScanTarget>{2, 0}));
  signs.begin(4, [](ScanTarget) { return false; });
  EXPECT_TRUE(signs.are_settled());
}

TEST(LifeSigns, OneThatAnswersIsEnough) {
  LifeSigns signs;
  signs.heard(1, AnswerKind::shut);
  signs.heard(2, AnswerKind::open);
  signs.begin(2, anybody);
  EXPECT_FALSE(signs.answered(1, false));  // not asked yet
  EXPECT_EQ(all_asked(signs).size(), 2U);
  EXPECT_FALSE(signs.are_settled());
  EXPECT_FALSE(signs.answered(3, false));
  EXPECT_FALSE(signs.are_settled());
  EXPECT_TRUE(signs.answered(1, true));
  EXPECT_FALSE(signs.answered(1, false));  // it came twice
  EXPECT_TRUE(signs.are_settled());
  EXPECT_TRUE(signs.are_late());
  EXPECT_TRUE(signs.answered(2, false));
  EXPECT_FALSE(signs.are_late());
}

TEST(LifeSigns, WhoSaysNothingIsAskedAgain) {
  LifeSigns signs;
  signs.heard(1, AnswerKind::shut);
  signs.begin(4, anybody);
  EXPECT_EQ(all_asked(signs), std::vector<ScanTarget>{1});
  EXPECT_EQ(signs.in_vain(), 0U);
  signs.again();
  signs.heard(2, AnswerKind::shut);
  EXPECT_EQ(all_asked(signs), std::vector<ScanTarget>{1});
  EXPECT_FALSE(signs.are_settled());
  EXPECT_EQ(signs.in_vain(), 1U);
  signs.begin(4, anybody);
  EXPECT_EQ(signs.in_vain(), 0U);
}

}  // namespace
}  // namespace patchbay
