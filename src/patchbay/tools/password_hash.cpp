#include "patchbay/tools/password_hash.hpp"

#include <sodium.h>

namespace patchbay {

namespace {

// What a user that does not exist is checked against: as costly as any other, and never right.
constexpr const char* k_nobody =
    "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

}  // namespace

std::string hash_password(const std::string& password) {
  char hash[crypto_pwhash_STRBYTES];
  const int made = ::sodium_init() < 0 ? -1
                                       : crypto_pwhash_str(hash, password.data(), password.size(),
                                                           crypto_pwhash_OPSLIMIT_INTERACTIVE,
                                                           crypto_pwhash_MEMLIMIT_INTERACTIVE);
  return made == 0 ? hash : std::string();
}

bool matches_password_hash(const std::string& hash, const std::string& password) {
  // It looks what the processor can do: without that a check takes half as long again.
  [[maybe_unused]] const int ready = ::sodium_init();
  const char* const checked = hash.empty() ? k_nobody : hash.c_str();
  const bool matches = crypto_pwhash_str_verify(checked, password.data(), password.size()) == 0;
  return matches && !hash.empty();
}

}  // namespace patchbay
