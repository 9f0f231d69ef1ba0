// Accounts: users and their passwords in a file, each as "user:$argon2id$…" (libsodium).
#pragma once

#include <array>
#include <expected>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "patchbay/http/http_guard.hpp"
#include "patchbay/net/event.hpp"
#include "patchbay/tools/outcome.hpp"

namespace patchbay {

using AccountTable = std::map<std::string, std::string, std::less<>>;  // user, hash

// Empty lines and lines that begin with # are passed over. The failure names file and line.
std::expected<AccountTable, Failure> read_accounts(const std::string& path);
// The same of the text that is in the file.
std::expected<AccountTable, Failure> parse_accounts(const std::string& path, std::string_view text);
inline constexpr std::size_t k_most_account_bytes = 4 * 1024 * 1024;  // of a file

// Why a name cannot be a user's; null if it can: 1 to 64 bytes of UTF-8, no colon, no controls.
const char* why_no_user(std::string_view name);

// Checks are made beside the loop, one at a time, so that guesses cost others nothing and memory is
// bounded. A password that was right is remembered for five minutes after its last use, as a digest
// with a key that only this process has.
class Accounts final : public HttpPasswords {
 public:
  explicit Accounts(AccountTable table);
  Memory recall(std::string_view user, std::string_view password) override;
  Task<bool> check(std::string user, std::string password) override;

 private:
  using Digest = std::array<unsigned char, 32>;
  Digest digest_of(std::string_view user, std::string_view password) const;

  AccountTable table_;
  Digest key_;
  Memory recall(std::string_view user, const Digest& digest);

  std::map<std::string, std::pair<Digest, Instant>, std::less<>> right_;  // until when
  bool busy_ = false;
  Event free_;
};

}  // namespace patchbay
