#include "patchbay/tools/chat_client/sasl_exchange.hpp"

#include <gtest/gtest.h>

#include "patchbay/wire/base64.hpp"

namespace patchbay::chat_client {
namespace {

using Lines = std::vector<std::string>;

TEST(SaslExchange, PrefersWhatDoesNotTellThePassword) {
  SaslExchange both({"ann", "secret"}, "PLAIN,SCRAM-SHA-256,EXTERNAL", true, "n");
  EXPECT_EQ(both.begin(), Lines{"AUTHENTICATE SCRAM-SHA-256"});
  SaslExchange untold({"ann", "secret"}, "", true, "n");
  EXPECT_EQ(untold.begin(), Lines{"AUTHENTICATE SCRAM-SHA-256"});
  SaslExchange plain({"ann", "secret"}, "EXTERNAL,plain", true, "n");
  EXPECT_EQ(plain.begin(), Lines{"AUTHENTICATE PLAIN"});
}

TEST(SaslExchange, SaysNoPasswordWhereItCouldBeHeard) {
  SaslExchange plain({"ann", "secret"}, "PLAIN", false, "n");
  EXPECT_EQ(plain.begin(), Lines{});
  SaslExchange nothing({"ann", "secret"}, "EXTERNAL", true, "n");
  EXPECT_EQ(nothing.begin(), Lines{});
}

TEST(SaslExchange, SaysPlainAsTheRfcHasIt) {
  SaslExchange plain({"ann", "secret"}, "PLAIN", true, "n");
  plain.begin();
  EXPECT_EQ(plain.answer("+"),
            Lines{"AUTHENTICATE " + encode_base64(std::string("\0ann\0secret", 11))});
  EXPECT_TRUE(plain.believes());
  EXPECT_EQ(plain.answer("+"), Lines{"AUTHENTICATE *"});
}

TEST(SaslExchange, CutsLongAnswers) {
  // 300 bytes are 400 characters: the end has a line of its own.
  SaslExchange plain({"a", std::string(297, 'p')}, "PLAIN", true, "n");
  plain.begin();
  const Lines lines = plain.answer("+");
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0].size(), std::string("AUTHENTICATE ").size() + 400);
  EXPECT_EQ(lines[1], "AUTHENTICATE +");
}

TEST(SaslExchange, JoinsLongMessages) {
  SaslExchange scram({"user", "pencil"}, "SCRAM-SHA-256", false, "nonce");
  scram.begin();
  EXPECT_EQ(scram.answer("+"), Lines{"AUTHENTICATE " + encode_base64("n,,n=user,r=nonce")});
  const std::string first = encode_base64("r=nonce" + std::string(400, 'x') + ",s=c2FsdA==,i=4096");
  ASSERT_GT(first.size(), 400U);
  EXPECT_EQ(scram.answer(first.substr(0, 400)), Lines{});
  const Lines answer = scram.answer(first.substr(400));
  ASSERT_FALSE(answer.empty());
  EXPECT_NE(answer[0], "AUTHENTICATE *");
  EXPECT_FALSE(scram.believes());
}

TEST(SaslExchange, GivesUpOnWhatIsNone) {
  SaslExchange scram({"user", "pencil"}, "SCRAM-SHA-256", false, "nonce");
  scram.begin();
  EXPECT_EQ(scram.answer("!"), Lines{"AUTHENTICATE *"});
  Lines answer;
  for (int i = 0; i < 100; ++i) answer = scram.answer(std::string(400, 'A'));
  EXPECT_EQ(answer, Lines{"AUTHENTICATE *"});
}

}  // namespace
}  // namespace patchbay::chat_client
