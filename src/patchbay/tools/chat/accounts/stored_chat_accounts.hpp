// StoredChatAccounts: ChatAccounts in the chat's database.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <unordered_set>

#include "patchbay/http/failure_limit.hpp"
#include "patchbay/net/event.hpp"
#include "patchbay/tools/chat/accounts/chat_account_table.hpp"
#include "patchbay/tools/chat/accounts/chat_tries.hpp"

namespace patchbay {

struct ChatLoginLimits {
  // An address that has failed so often within a minute has to wait, whichever account it names.
  unsigned tries_per_address = 3;
  // … and so has everybody for an account that others have tried so often. More than one address
  // may, or anybody could lock its owner out.
  unsigned tries_per_account = 10;
  // Checks at a time, each of which takes a processor for a tenth of a second and 64 MiB; and those
  // that may wait for one to end. Beyond that a login is `unavailable`.
  unsigned at_a_time = 2;
  unsigned most_waiting = 100;

  bool operator==(const ChatLoginLimits&) const = default;
};

// Of one loop. A login costs the same, and takes as long, whether there is such an account or not.
// What is not told apart: a suspended account and a wrong password, unless the password is right.
class StoredChatAccounts final : public ChatAccounts {
 public:
  // The file is made where it is missing. Blocks.
  static Result<std::unique_ptr<StoredChatAccounts>> open(const std::string& path,
                                                          const ChatLoginLimits& limits = {});

  std::string account_of(std::string_view folded) const override;
  Task<std::expected<std::string, ChatLoginFault>> check(std::string name, std::string password,
                                                         Endpoint peer) override;
  Task<std::expected<ChatScramKeys, ChatLoginFault>> scram_keys(std::string name,
                                                                Endpoint peer) override;
  void note_login(std::string_view name, const Endpoint& peer, bool right) override;

  // Learns of accounts that others have added to the file or taken out of it, every ten seconds,
  // until it is cancelled. Logins see them at once.
  Task<Result<>> run();
  // Where those of tries are others, what was counted is forgotten.
  void set_limits(const ChatLoginLimits& limits);

 private:
  // The one connection, which threads beside the loop take turns at. Whatever of them is under way
  // when this ends still has it.
  struct Shared {
    explicit Shared(ChatAccountTable all) : table(std::move(all)) {}
    std::mutex mutex;
    ChatAccountTable table;
  };
  StoredChatAccounts(ChatAccountTable table, std::vector<std::string> names, std::string secret,
                     const ChatLoginLimits& limits);

  bool begin_try(const std::string& folded, const Endpoint& peer);
  void forgive(const std::string& folded, const Endpoint& peer);
  Task<bool> take_turn();
  void end_turn();
  void note_seen(const std::string& folded);

  ChatLoginLimits limits_;
  const std::shared_ptr<Shared> shared_;
  const std::string secret_;               // of the keys that are made up
  std::unordered_set<std::string> names_;  // folded
  FailureLimit addresses_;
  ChatTries accounts_;
  unsigned busy_ = 0;
  unsigned waiting_ = 0;
  Event free_;
};

}  // namespace patchbay
