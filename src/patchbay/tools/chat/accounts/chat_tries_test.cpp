#include "patchbay/tools/chat/accounts/chat_tries.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

Instant at(int second) { return Instant(std::chrono::seconds(second)); }

TEST(ChatTries, EndForAWhileAfterSoManyFailures) {
  ChatTries tries({.failures = 2, .window = 60s});
  EXPECT_TRUE(tries.may_try("ann", at(0)));
  tries.failed("ann", at(0));
  EXPECT_TRUE(tries.may_try("ann", at(1)));
  tries.failed("ann", at(50));
  EXPECT_FALSE(tries.may_try("ann", at(59)));
  EXPECT_TRUE(tries.may_try("bob", at(59)));
  EXPECT_TRUE(tries.may_try("ann", at(60)));
  tries.failed("ann", at(60));
  EXPECT_TRUE(tries.may_try("ann", at(61))) << "it is the first of a new window";
}

TEST(ChatTries, AreGivenBack) {
  ChatTries tries({.failures = 1});
  tries.failed("ann", at(0));
  EXPECT_FALSE(tries.may_try("ann", at(0)));
  tries.forgive("ann");
  EXPECT_TRUE(tries.may_try("ann", at(0)));
  tries.forgive("ann");
}

TEST(ChatTries, AreRememberedOfSoManyNames) {
  ChatTries tries({.failures = 1, .names = 2});
  tries.failed("ann", at(0));
  tries.failed("bob", at(1));
  tries.failed("eve", at(2));
  EXPECT_TRUE(tries.may_try("ann", at(3)));
  EXPECT_FALSE(tries.may_try("bob", at(3)));
  EXPECT_FALSE(tries.may_try("eve", at(3)));
}

}  // namespace
}  // namespace patchbay
