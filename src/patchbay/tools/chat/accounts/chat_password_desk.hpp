// ChatPasswordDesk: checks the passwords that the settings have as hashes: the server's own and its
// operators'. Accounts have their own.
#pragma once

#include <cstdint>
#include <string>

#include "patchbay/http/failure_limit.hpp"
#include "patchbay/net/event.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

enum class ChatPasswordVerdict : std::uint8_t { right, wrong, too_often };

// Of one loop. Checks are made beside it, one at a time: each takes a tenth of a second and 64 MiB.
class ChatPasswordDesk {
 public:
  // `hash`: as argon2id writes it; empty: no password is right, and it takes as long. Who has been
  // wrong `tries_per_minute` times has to wait; others of the same address as well.
  Task<ChatPasswordVerdict> check(std::string hash, std::string password, IpAddress address,
                                  std::size_t tries_per_minute);

 private:
  FailureLimit& limit_of(std::size_t tries_per_minute);

  FailureLimit failures_;
  std::size_t tries_per_minute_ = 0;
  bool busy_ = false;
  Event free_;
};

}  // namespace patchbay
