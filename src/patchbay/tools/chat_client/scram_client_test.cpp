#include "patchbay/tools/chat_client/scram_client.hpp"

#include <gtest/gtest.h>

namespace patchbay::chat_client {
namespace {

// The exchange of RFC 7677 section 3.
constexpr const char* k_nonce = "rOprNGfwEbeRWgbNEkqO";
constexpr const char* k_first =
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";
constexpr const char* k_final = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=";

TEST(ScramClient, SpeaksAsInTheRfc) {
  ScramClient client("user", "pencil", k_nonce);
  EXPECT_EQ(client.first(), "n,,n=user,r=rOprNGfwEbeRWgbNEkqO");
  EXPECT_EQ(client.answer(k_first),
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
            "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  EXPECT_FALSE(client.proved());
  EXPECT_EQ(client.answer(k_final), "");
  EXPECT_TRUE(client.proved());
}

TEST(ScramClient, DoesNotBelieveWhoDoesNotKnowThePassword) {
  ScramClient client("user", "pencil", k_nonce);
  ASSERT_TRUE(client.answer(k_first));
  EXPECT_FALSE(client.answer("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="));
  EXPECT_FALSE(client.proved());
  EXPECT_FALSE(client.answer("v="));
}

TEST(ScramClient, EscapesTheName) {
  EXPECT_EQ(ScramClient("a=b,c", "x", "n").first(), "n,,n=a=3Db=2Cc,r=n");
}

TEST(ScramClient, RefusesWhatBreaksTheRules) {
  for (const char* first : {
           "",
           "r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
           "r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",  // nothing of its own
           "r=rOprNGfwEbeRWgbNEkqOx,s=!,i=4096",
           "r=rOprNGfwEbeRWgbNEkqOx,s=,i=4096",
           "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095",
           "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1000001",
           "r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096x",
           "m=x,r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
       }) {
    ScramClient client("user", "pencil", k_nonce);
    EXPECT_FALSE(client.answer(first)) << first;
  }
}

}  // namespace
}  // namespace patchbay::chat_client
