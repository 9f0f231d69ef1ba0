#include "patchbay/tools/chat/accounts/chat_password_desk.hpp"

#include <gtest/gtest.h>
#include <sodium.h>

#include "patchbay/net/conformance/engine_test.hpp"

namespace patchbay {
namespace {

using enum ChatPasswordVerdict;

class PasswordDesk : public EngineTest {
 protected:
  static std::string hash_of(std::string_view password) {
    char hash[crypto_pwhash_STRBYTES];
    EXPECT_EQ(crypto_pwhash_str(hash, password.data(), password.size(), crypto_pwhash_OPSLIMIT_MIN,
                                crypto_pwhash_MEMLIMIT_MIN),
              0);
    return hash;
  }
};
INSTANTIATE_TEST_SUITE_P(, PasswordDesk, all_engines(), engine_name);

const IpAddress k_here = *IpAddress::parse("192.0.2.1");
const IpAddress k_there = *IpAddress::parse("192.0.2.2");

Task<> tells_right_from_wrong(std::string hash) {
  ChatPasswordDesk desk;
  EXPECT_EQ(co_await desk.check(hash, "sesame", k_here, 3), right);
  EXPECT_EQ(co_await desk.check(hash, "Sesame", k_here, 3), wrong);
  EXPECT_EQ(co_await desk.check(hash, "", k_here, 3), wrong);
  EXPECT_EQ(co_await desk.check("", "", k_there, 3), wrong);
  EXPECT_EQ(co_await desk.check("no hash", "no hash", k_there, 3), wrong);
}
TEST_P(PasswordDesk, TellsRightFromWrong) { run(tells_right_from_wrong(hash_of("sesame"))); }

Task<> slows_down_who_guesses(std::string hash) {
  ChatPasswordDesk desk;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(co_await desk.check(hash, "a", k_here, 3), wrong);
  EXPECT_EQ(co_await desk.check(hash, "sesame", k_here, 3), too_often);
  EXPECT_EQ(co_await desk.check(hash, "sesame", k_there, 3), right) << "who did nothing";
}
TEST_P(PasswordDesk, SlowsDownWhoGuesses) { run(slows_down_who_guesses(hash_of("sesame"))); }

Task<Result<>> check(ChatPasswordDesk& desk, std::string hash, int& answers) {
  EXPECT_EQ(co_await desk.check(hash, "sesame", k_here, 3), right);
  ++answers;
  co_return ok();
}
Task<> checks_one_after_the_other(std::string hash) {
  ChatPasswordDesk desk;
  int answers = 0;
  EXPECT_TRUE(co_await both(check(desk, hash, answers),
                            both(check(desk, hash, answers), check(desk, hash, answers))));
  EXPECT_EQ(answers, 3);
}
TEST_P(PasswordDesk, ChecksOneAfterTheOther) { run(checks_one_after_the_other(hash_of("sesame"))); }

}  // namespace
}  // namespace patchbay
