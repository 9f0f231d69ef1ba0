// ChatAccountTable: the accounts in the chat's database.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/store/database.hpp"
#include "patchbay/tools/chat/accounts/chat_accounts.hpp"

namespace patchbay {

// What is kept of a password, and nothing that it could be read from.
struct ChatSecret {
  std::string hash;  // argon2id
  ChatScramKeys scram;
};

// Takes half a second and 64 MiB. Fault::limit where there is not so much memory.
Result<ChatSecret> make_chat_secret(const std::string& password);

struct ChatAccount {
  std::string name;    // as it is written
  std::string folded;  // fold_chat_name() of it: what it is found by
  ChatSecret secret;
  WallTime created{};
  WallTime seen{};  // logged in last; 1970: never
  bool suspended = false;
};

// One thread's at a time. Faults as the database has them.
class ChatAccountTable {
 public:
  static Result<ChatAccountTable> open(const std::string& path,
                                       const DatabaseOptions& options = {});

  // False: the name is taken, or one that looks like it.
  Result<bool> add(const ChatAccount& account);
  // The following: false: there is none of that name.
  Result<bool> set_secret(std::string_view folded, const ChatSecret& secret);
  Result<bool> suspend(std::string_view folded, bool suspended);
  Result<bool> remove(std::string_view folded);
  Result<bool> note_seen(std::string_view folded, WallTime at);

  Result<std::optional<ChatAccount>> find(std::string_view folded);
  Result<std::vector<ChatAccount>> all();    // by folded name
  Result<std::vector<std::string>> names();  // folded
  // What keys of accounts that are not there are made of: the file's own.
  Result<std::string> made_up_secret();

 private:
  struct Statements {
    Statement add, set_secret, suspend, remove, note_seen, find, all, names, secret;
  };
  ChatAccountTable(Database database, Statements statements)
      : database_(std::move(database)), sql_(std::move(statements)) {}
  Result<bool> changed(const Result<>& done) const;

  Database database_;
  Statements sql_;
};

}  // namespace patchbay
