#include "patchbay/wire/scram.hpp"

#include <gtest/gtest.h>

#include "patchbay/wire/base64.hpp"

namespace patchbay {
namespace {

using namespace std::string_literals;

// RFC 7677 section 3.
constexpr std::string_view k_first = "n,,n=user,r=rOprNGfwEbeRWgbNEkqO";
constexpr std::string_view k_final =
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";

const char* why_not_first(std::string_view text) {
  const auto first = parse_scram_client_first(text);
  return first ? "" : first.error();
}
const char* why_not_final(std::string_view text) {
  const auto final = parse_scram_client_final(text);
  return final ? "" : final.error();
}

TEST(Scram, ReadsTheFirstMessage) {
  const auto first = parse_scram_client_first(k_first);
  ASSERT_TRUE(first);
  EXPECT_EQ(first->name, "user");
  EXPECT_EQ(first->authorized, "");
  EXPECT_EQ(first->nonce, "rOprNGfwEbeRWgbNEkqO");
  EXPECT_EQ(first->header, "n,,");
  EXPECT_EQ(first->bare, "n=user,r=rOprNGfwEbeRWgbNEkqO");
}

TEST(Scram, ReadsWhomItWantsToActAs) {
  const auto first = parse_scram_client_first("y,a=bo=2Cb,n=a=3Dnn=2C,r=x,ext=1");
  ASSERT_TRUE(first);
  EXPECT_EQ(first->authorized, "bo,b");
  EXPECT_EQ(first->name, "a=nn,");
  EXPECT_EQ(first->header, "y,a=bo=2Cb,");
  EXPECT_EQ(first->bare, "n=a=3Dnn=2C,r=x,ext=1");
}

TEST(Scram, SaysWhyAFirstMessageIsNone) {
  EXPECT_STREQ(why_not_first("p=tls-unique,,n=u,r=x"), "channel-binding-not-supported");
  EXPECT_STREQ(why_not_first("n,,m=1,n=u,r=x"), "extensions-not-supported");
  EXPECT_STREQ(why_not_first("n,,n=u=41,r=x"), "invalid-username-encoding");
  EXPECT_STREQ(why_not_first("n,,n=u=,r=x"), "invalid-username-encoding");
  EXPECT_STREQ(why_not_first("n,,n=,r=x"), "invalid-username-encoding") << "there is no name";
  EXPECT_STREQ(why_not_first("n,,n=u\0u,r=x"s), "invalid-username-encoding");
  EXPECT_STREQ(why_not_first("n,,n=\xff,r=x"), "invalid-username-encoding");
  EXPECT_STREQ(why_not_first("n,b=u,n=u,r=x"), "invalid-username-encoding");
  for (const char* const text : {"", "n", "n,", ",,n=u,r=x", "n=u,r=x", "x,,n=u,r=x", "n,,r=x,n=u",
                                 "n,,n=u", "n,,n=u,r=", "n,,n=u,r=a b", "n,,n=u,r=\xc3\xa4"}) {
    EXPECT_STREQ(why_not_first(text), "invalid-encoding") << text;
  }
}

TEST(Scram, ReadsTheFinalMessage) {
  const auto final = parse_scram_client_final(k_final);
  ASSERT_TRUE(final);
  EXPECT_EQ(final->binding, "n,,");
  EXPECT_EQ(final->nonce, "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
  EXPECT_EQ(encode_base64(final->proof), "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  EXPECT_EQ(final->without_proof, k_final.substr(0, k_final.rfind(",p=")));
}

TEST(Scram, SaysWhyAFinalMessageIsNone) {
  EXPECT_STREQ(why_not_final("c=biws,r=x,m=1,p=AAAA"), "extensions-not-supported");
  for (const char* const text :
       {"", "c=biws,r=x", "c=biws,p=AAAA", "r=x,c=biws,p=AAAA", "c=biw,r=x,p=AAAA",
        "c=biws,r=x,p=", "c=biws,r=x,p=A", "c=biws,r=,p=AAAA", ",p=AAAA"}) {
    EXPECT_STREQ(why_not_final(text), "invalid-encoding") << text;
  }
}

TEST(Scram, WritesWhatTheServerSays) {
  const auto salt = decode_base64("W22ZaJ0SNY7soEsUEjb6gQ==");
  EXPECT_EQ(
      write_scram_server_first("rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", *salt, 4096),
      "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
      "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
  const auto signature = decode_base64("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  EXPECT_EQ(write_scram_server_final(*signature), "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
}

}  // namespace
}  // namespace patchbay
