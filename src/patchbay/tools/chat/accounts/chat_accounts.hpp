// ChatAccounts: who has an account, and whether a login is right. Passwords are checked beside the
// loop, a few at a time, and whoever guesses is slowed down.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "patchbay/net/address.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/tools/chat/room/chat_hub.hpp"

namespace patchbay {

enum class ChatLoginFault : std::uint8_t { wrong, suspended, too_often, unavailable };

// What SCRAM-SHA-256 needs of an account (RFC 5802 section 3).
struct ChatScramKeys {
  std::string account;  // as it is written
  std::string salt;     // bytes, as the following
  int iterations = 4096;
  std::string stored_key;
  std::string server_key;
};

class ChatAccounts : public ChatReservedNames {
 public:
  // The account's name as it is written.
  virtual Task<std::expected<std::string, ChatLoginFault>> check(std::string name,
                                                                 std::string password,
                                                                 Endpoint peer) = 0;
  // For a login by SCRAM; of an account that is not there they are made up, always the same.
  virtual Task<std::expected<ChatScramKeys, ChatLoginFault>> scram_keys(std::string name,
                                                                        Endpoint peer) = 0;
  // How that login ended.
  virtual void note_login(std::string_view name, const Endpoint& peer, bool right) = 0;
};

}  // namespace patchbay
