#include "patchbay/tools/chat/accounts/chat_password_desk.hpp"

#include <sodium.h>

#include "patchbay/net/blocking.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

// As costly as any other, and never right.
constexpr const char* k_nobody =
    "$argon2id$v=19$m=65536,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$"
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

}  // namespace

// A limit that has changed begins again.
FailureLimit& ChatPasswordDesk::limit_of(std::size_t tries_per_minute) {
  if (tries_per_minute != tries_per_minute_) {
    tries_per_minute_ = tries_per_minute;
    failures_ = FailureLimit({.failures = static_cast<unsigned>(tries_per_minute)});
  }
  return failures_;
}

Task<ChatPasswordVerdict> ChatPasswordDesk::check(std::string hash, std::string password,
                                                  IpAddress address, std::size_t tries_per_minute) {
  while (busy_) {
    if (const auto waited = co_await free_.wait(); !waited) co_return ChatPasswordVerdict::wrong;
  }
  Duration wait;
  if (!limit_of(tries_per_minute).may_try(address, Loop::current().now(), wait)) {
    co_return ChatPasswordVerdict::too_often;
  }
  busy_ = true;
  free_.reset();
  if (hash.empty()) hash = k_nobody;
  bool right = false;
  co_await off_loop([&] {
    right = ::sodium_init() >= 0 &&
            crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0;
  });
  sodium_memzero(password.data(), password.size());
  busy_ = false;
  free_.set();
  if (!right) limit_of(tries_per_minute).failed(address, Loop::current().now());
  co_return right ? ChatPasswordVerdict::right : ChatPasswordVerdict::wrong;
}

}  // namespace patchbay
