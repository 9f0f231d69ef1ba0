#include "patchbay/tools/chat/accounts/stored_chat_accounts.hpp"

#include <sodium.h>

#include <utility>

#include "patchbay/net/blocking.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/chat/accounts/chat_scram.hpp"
#include "patchbay/tools/chat/text/chat_name.hpp"
#include "patchbay/tools/password_hash.hpp"

namespace patchbay {

namespace {

constexpr Duration k_look_again = 10s;

WallTime wall_time() {
  return std::chrono::time_point_cast<WallTime::duration>(Loop::current().wall_clock());
}

}  // namespace

Result<std::unique_ptr<StoredChatAccounts>> StoredChatAccounts::open(
    const std::string& path, const ChatLoginLimits& limits) {
  auto table = ChatAccountTable::open(path);
  if (!table) return table.error();
  auto names = table->names();
  if (!names) return names.error().about(path);
  auto secret = table->made_up_secret();
  if (!secret) return secret.error().about(path);
  return std::unique_ptr<StoredChatAccounts>(
      new StoredChatAccounts(std::move(*table), std::move(*names), std::move(*secret), limits));
}

StoredChatAccounts::StoredChatAccounts(ChatAccountTable table, std::vector<std::string> names,
                                       std::string secret, const ChatLoginLimits& limits)
    : limits_(limits),
      shared_(std::make_shared<Shared>(std::move(table))),
      secret_(std::move(secret)),
      names_(names.begin(), names.end()),
      addresses_({.failures = limits.tries_per_address}),
      accounts_({.failures = limits.tries_per_account}) {}

std::string StoredChatAccounts::account_of(std::string_view folded) const {
  const auto found = names_.find(std::string(folded));
  return found == names_.end() ? std::string() : *found;
}

Task<std::expected<std::string, ChatLoginFault>> StoredChatAccounts::check(std::string name,
                                                                           std::string password,
                                                                           Endpoint peer) {
  const std::string folded = fold_chat_name(name);
  if (!begin_try(folded, peer)) co_return std::unexpected(ChatLoginFault::too_often);
  if (!co_await take_turn()) co_return std::unexpected(ChatLoginFault::unavailable);
  Result<std::optional<ChatAccount>> found;
  bool right = false;
  co_await off_loop([&, shared = shared_] {
    {
      const std::lock_guard lock(shared->mutex);
      found = shared->table.find(folded);
    }
    if (!found) return;
    right = matches_password_hash(*found ? (*found)->secret.hash : std::string(), password);
  });
  ::sodium_memzero(password.data(), password.size());
  end_turn();
  if (!found) co_return std::unexpected(ChatLoginFault::unavailable);
  if (!right) co_return std::unexpected(ChatLoginFault::wrong);
  forgive(folded, peer);
  if ((*found)->suspended) co_return std::unexpected(ChatLoginFault::suspended);
  names_.insert(folded);
  note_seen(folded);
  co_return (*found)->name;
}

Task<std::expected<ChatScramKeys, ChatLoginFault>> StoredChatAccounts::scram_keys(std::string name,
                                                                                  Endpoint peer) {
  const std::string folded = fold_chat_name(name);
  if (!begin_try(folded, peer)) co_return std::unexpected(ChatLoginFault::too_often);
  Result<std::optional<ChatAccount>> found;
  co_await off_loop([&, shared = shared_] {
    const std::lock_guard lock(shared->mutex);
    found = shared->table.find(folded);
  });
  if (!found) co_return std::unexpected(ChatLoginFault::unavailable);
  // Whoever has not shown that the password is known is told nothing of the account.
  if (!*found || (*found)->suspended) co_return make_up_scram_keys(folded, secret_);
  co_return std::move((*found)->secret.scram);
}

void StoredChatAccounts::note_login(std::string_view name, const Endpoint& peer, bool right) {
  if (!right) return;  // it counts as a failure from its beginning on
  const std::string folded = fold_chat_name(name);
  forgive(folded, peer);
  names_.insert(folded);
  note_seen(folded);
}

Task<Result<>> StoredChatAccounts::run() {
  for (;;) {
    if (const auto slept = co_await sleep_for(k_look_again); !slept) co_return slept.error();
    Result<std::vector<std::string>> names;
    co_await off_loop([&, shared = shared_] {
      const std::lock_guard lock(shared->mutex);
      names = shared->table.names();
    });
    // Where the file cannot be read for now, those that were known stay reserved.
    if (names) names_ = std::unordered_set<std::string>(names->begin(), names->end());
  }
}

void StoredChatAccounts::set_limits(const ChatLoginLimits& limits) {
  if (limits == limits_) return;
  limits_ = limits;
  addresses_ = FailureLimit({.failures = limits.tries_per_address});
  accounts_ = ChatTries({.failures = limits.tries_per_account});
}

// Each try is a failure until it was right: so those that come at the same time are counted too.
bool StoredChatAccounts::begin_try(const std::string& folded, const Endpoint& peer) {
  const Instant now = Loop::current().now();
  const IpAddress address = peer.address();
  Duration wait;
  if (!addresses_.may_try(address, now, wait) || !accounts_.may_try(folded, now)) return false;
  addresses_.failed(address, now);
  accounts_.failed(folded, now);
  return true;
}

void StoredChatAccounts::forgive(const std::string& folded, const Endpoint& peer) {
  addresses_.forgive(peer.address());
  accounts_.forgive(folded);
}

// False: too many wait, or it was cancelled.
Task<bool> StoredChatAccounts::take_turn() {
  if (busy_ >= limits_.at_a_time && waiting_ >= limits_.most_waiting) co_return false;
  ++waiting_;
  bool goes_on = true;
  while (goes_on && busy_ >= limits_.at_a_time) {
    free_.reset();
    goes_on = static_cast<bool>(co_await free_.wait());
  }
  --waiting_;
  if (goes_on) ++busy_;
  co_return goes_on;
}

void StoredChatAccounts::end_turn() {
  --busy_;
  free_.set();
}

// Nobody waits for it, and where it cannot be written nothing is lost that anybody asks for.
void StoredChatAccounts::note_seen(const std::string& folded) {
  Loop& loop = Loop::current();
  const auto work = [shared = shared_, folded, at = wall_time()] {
    const std::lock_guard lock(shared->mutex);
    [[maybe_unused]] const auto noted = shared->table.note_seen(folded, at);
  };
  if (!loop.engine().capabilities().threads) return work();
  loop.blocking_pool().submit(work, [] {});
}

}  // namespace patchbay
