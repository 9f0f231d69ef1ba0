#include "patchbay/tools/suggest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace patchbay {
namespace {

TEST(EditDistance, CountsEachKindOfEditOnce) {
  EXPECT_EQ(edit_distance("serve", "serve"), 0U);
  EXPECT_EQ(edit_distance("srve", "serve"), 1U);    // insertion
  EXPECT_EQ(edit_distance("serrve", "serve"), 1U);  // deletion
  EXPECT_EQ(edit_distance("sarve", "serve"), 1U);   // substitution
  EXPECT_EQ(edit_distance("sevre", "serve"), 1U);   // swap of neighbours
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
}

TEST(Nearest, TakesTheNearestWithinTwoEdits) {
  const std::vector<std::string> names = {"tcp", "udp", "bench", "doctor"};
  EXPECT_EQ(nearest("doctr", names), "doctor");
  EXPECT_EQ(nearest("dcotro", names), "doctor");
  EXPECT_EQ(nearest("bnehcx", names), "");
  EXPECT_EQ(nearest("tpc", names), "tcp");
}

TEST(Nearest, DoesNotMakeAWordOutOfNothing) {
  const std::vector<std::string> names = {"tcp", "a"};
  EXPECT_EQ(nearest("x", names), "");  // one edit from "a", but that is the whole word
  EXPECT_EQ(nearest("", names), "");
  EXPECT_EQ(nearest(std::string(100'000, 'a'), names), "");
}

TEST(Nearest, CompletesTheOnlyContinuation) {
  const std::vector<std::string> names = {"exit-codes", "environment", "exit-status"};
  EXPECT_EQ(nearest("envi", names), "environment");
  EXPECT_EQ(nearest("exit", names), "");  // two begin so
}

}  // namespace
}  // namespace patchbay
