#include "patchbay/tools/chat/accounts/chat_scram.hpp"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <sodium.h>

#include <array>

namespace patchbay {

namespace {

constexpr std::size_t k_salt_bytes = 16;

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string text_of(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

std::string sign(std::string_view key, std::string_view text) {
  Digest signature{};
  ::HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes_of(text), text.size(),
         signature.data(), nullptr);
  return text_of(signature);
}

std::string hash(std::string_view text) {
  Digest digest{};
  ::SHA256(bytes_of(text), text.size(), digest.data());
  return text_of(digest);
}

}  // namespace

ChatScramKeys make_scram_keys(std::string_view password, std::string_view salt, int rounds) {
  Digest salted{};
  ::PKCS5_PBKDF2_HMAC(password.data(), static_cast<int>(password.size()), bytes_of(salt),
                      static_cast<int>(salt.size()), rounds, EVP_sha256(),
                      static_cast<int>(salted.size()), salted.data());
  const std::string key = text_of(salted);
  return {.account = {},
          .salt = std::string(salt),
          .iterations = rounds,
          .stored_key = hash(sign(key, "Client Key")),
          .server_key = sign(key, "Server Key")};
}

ChatScramKeys make_scram_keys(std::string_view password) {
  [[maybe_unused]] const int ready = ::sodium_init();
  std::array<char, k_salt_bytes> salt{};
  ::randombytes_buf(salt.data(), salt.size());
  return make_scram_keys(password, {salt.data(), salt.size()}, k_chat_scram_rounds);
}

ChatScramKeys make_up_scram_keys(std::string_view folded_name, std::string_view secret) {
  const std::string name(folded_name);
  return {.account = name,
          .salt = sign(secret, "salt " + name).substr(0, k_salt_bytes),
          .iterations = k_chat_scram_rounds,
          .stored_key = sign(secret, "stored key " + name),
          .server_key = sign(secret, "server key " + name)};
}

}  // namespace patchbay
