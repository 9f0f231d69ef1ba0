#include "patchbay/tools/password_hash.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

TEST(PasswordHash, IsArgon2AndAnotherEachTime) {
  const std::string one = hash_password("secret"), two = hash_password("secret");
  EXPECT_TRUE(one.starts_with("$argon2id$"));
  EXPECT_NE(one, two);
  EXPECT_EQ(one.find("secret"), std::string::npos);
  EXPECT_TRUE(matches_password_hash(one, "secret"));
  EXPECT_FALSE(matches_password_hash(one, "secrex"));
  EXPECT_FALSE(matches_password_hash(one, ""));
}

TEST(PasswordHash, OfNobodyMatchesNothing) {
  EXPECT_FALSE(matches_password_hash("", ""));
  EXPECT_FALSE(matches_password_hash("", "secret"));
}

}  // namespace
}  // namespace patchbay
