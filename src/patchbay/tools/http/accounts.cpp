#include "patchbay/tools/http/accounts.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <cerrno>
#include <cstring>

#include "patchbay/base/ascii.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/net/blocking.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/password_hash.hpp"
#include "patchbay/tools/read_file.hpp"

namespace patchbay {

namespace {

constexpr Duration k_remembered = 5min;

Failure line_failure(const std::string& path, std::size_t line, const char* reason) {
  return Failure(fmt::format("cannot use line {} of {}", line, escape_terminal(path)), reason,
                 "add users with: patchbay http passwd FILE USER");
}

}  // namespace

const char* why_no_user(std::string_view name) {
  if (name.empty() || name.size() > 64) return "a user's name has 1 to 64 bytes";
  if (!is_valid_utf8(name)) return "a user's name is UTF-8";
  for (const char c : name) {
    if (c == ':' || c == '#' || is_ascii_control(c)) {
      return "a user's name has no colon, no # and no control character";
    }
  }
  return nullptr;
}

std::expected<AccountTable, Failure> read_accounts(const std::string& path) {
  const auto text = read_whole_file(path, k_most_account_bytes);
  if (!text) return std::unexpected(text.error());
  return parse_accounts(path, *text);
}

std::expected<AccountTable, Failure> parse_accounts(const std::string& path,
                                                    std::string_view rest) {
  AccountTable table;
  for (std::size_t number = 1; !rest.empty(); ++number) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
    if (line.empty() || line.front() == '#') continue;
    const std::size_t colon = line.find(':');
    const std::string_view user = line.substr(0, colon);
    if (const char* const reason = why_no_user(user)) {
      return std::unexpected(line_failure(path, number, reason));
    }
    const std::string_view hash =
        colon == std::string_view::npos ? std::string_view() : line.substr(colon + 1);
    if (!hash.starts_with("$argon2") || hash.size() >= crypto_pwhash_STRBYTES) {
      return std::unexpected(
          line_failure(path, number, "what follows the user's name is no argon2 hash"));
    }
    if (!table.emplace(user, hash).second) {
      return std::unexpected(line_failure(path, number, "this user is in the file already"));
    }
  }
  return table;
}

Accounts::Accounts(AccountTable table) : table_(std::move(table)) {
  [[maybe_unused]] const int ready = ::sodium_init();
  for (std::size_t i = 0; i < key_.size(); i += 8) {
    const std::uint64_t bits = Loop::current().random_bits();
    std::memcpy(key_.data() + i, &bits, 8);
  }
}

Accounts::Digest Accounts::digest_of(std::string_view user, std::string_view password) const {
  Digest digest;
  crypto_generichash_state state;
  crypto_generichash_init(&state, key_.data(), key_.size(), digest.size());
  const auto add = [&state](std::string_view part) {
    crypto_generichash_update(&state, reinterpret_cast<const unsigned char*>(part.data()),
                              part.size());
  };
  add(user);
  add(std::string_view(":", 1));  // no user has one
  add(password);
  crypto_generichash_final(&state, digest.data(), digest.size());
  return digest;
}

Accounts::Memory Accounts::recall(std::string_view user, std::string_view password) {
  return recall(user, digest_of(user, password));
}

Accounts::Memory Accounts::recall(std::string_view user, const Digest& digest) {
  const auto known = right_.find(user);
  const Instant now = Loop::current().now();
  if (known == right_.end() || now >= known->second.second) return Memory::nothing;
  const auto& right = known->second.first;
  if (sodium_memcmp(right.data(), digest.data(), digest.size()) != 0) return Memory::other;
  known->second.second = now + k_remembered;
  return Memory::right;
}

Task<bool> Accounts::check(std::string user, std::string password) {
  const Digest digest = digest_of(user, password);
  while (recall(user, digest) != Memory::right && busy_) {
    if (const auto waited = co_await free_.wait(); !waited) co_return false;
  }
  if (recall(user, digest) == Memory::right) co_return true;  // it was checked meanwhile
  busy_ = true;
  free_.reset();
  const auto entry = table_.find(user);
  const std::string hash = entry != table_.end() ? entry->second : std::string();
  bool right = false;
  co_await off_loop([&] { right = matches_password_hash(hash, password); });
  busy_ = false;
  free_.set();
  if (right) right_[user] = {digest, Loop::current().now() + k_remembered};
  co_return right;
}

}  // namespace patchbay
