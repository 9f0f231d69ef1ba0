#include "patchbay/tools/chat/accounts/chat_scram.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "patchbay/wire/base64.hpp"

namespace patchbay {
namespace {

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string sign(std::string_view key, std::string_view text) {
  std::string signature(SHA256_DIGEST_LENGTH, '\0');
  ::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(),
         reinterpret_cast<unsigned char*>(signature.data()), nullptr);
  return signature;
}

std::string hash(std::string_view text) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  ::SHA256(bytes_of(text), text.size(), reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

// The example of RFC 7677 section 3.
TEST(ChatScram, MakesTheKeysOfTheSpecification) {
  const auto salt = decode_base64("W22ZaJ0SNY7soEsUEjb6gQ==");
  ASSERT_TRUE(salt);
  const ChatScramKeys keys = make_scram_keys("pencil", *salt, 4096);
  EXPECT_EQ(keys.iterations, 4096);
  EXPECT_EQ(keys.salt, *salt);
  const std::string nonce = "rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
  const std::string said = "n=user,r=rOprNGfwEbeRWgbNEkqO,r=" + nonce +
                           ",s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=" + nonce;
  EXPECT_EQ(encode_base64(sign(keys.server_key, said)),
            "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
  const auto proof = decode_base64("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
  ASSERT_TRUE(proof);
  std::string client_key = sign(keys.stored_key, said);
  for (std::size_t i = 0; i < client_key.size(); ++i) {
    client_key[i] = static_cast<char>(client_key[i] ^ (*proof)[i]);
  }
  EXPECT_EQ(hash(client_key), keys.stored_key);
}

TEST(ChatScram, SaltsEachPasswordAnew) {
  const ChatScramKeys one = make_scram_keys("secret"), two = make_scram_keys("secret");
  EXPECT_EQ(one.salt.size(), 16U);
  EXPECT_NE(one.salt, two.salt);
  EXPECT_NE(one.stored_key, two.stored_key);
  EXPECT_NE(one.stored_key, one.server_key);
}

TEST(ChatScram, MakesUpKeysThatLookLikeThoseOfAnAccount) {
  const ChatScramKeys real = make_scram_keys("secret");
  const ChatScramKeys made_up = make_up_scram_keys("nobody", "the server's secret");
  EXPECT_EQ(made_up.salt.size(), real.salt.size());
  EXPECT_EQ(made_up.iterations, real.iterations);
  EXPECT_EQ(made_up.stored_key.size(), real.stored_key.size());
  EXPECT_EQ(make_up_scram_keys("nobody", "the server's secret").salt, made_up.salt);
  EXPECT_NE(make_up_scram_keys("nobody", "another secret").salt, made_up.salt);
  EXPECT_NE(make_up_scram_keys("somebody", "the server's secret").salt, made_up.salt);
}

}  // namespace
}  // namespace patchbay
