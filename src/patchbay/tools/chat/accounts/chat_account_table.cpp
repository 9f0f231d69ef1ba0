#include "patchbay/tools/chat/accounts/chat_account_table.hpp"

#include <span>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/store/preparer.hpp"
#include "patchbay/tools/chat/accounts/chat_scram.hpp"
#include "patchbay/tools/chat/history/chat_database.hpp"
#include "patchbay/tools/chat/history/chat_positions.hpp"
#include "patchbay/tools/password_hash.hpp"

namespace patchbay {

namespace {

const std::string k_select =
    "SELECT name, folded, hash, salt, iterations, stored_key, server_key, created, seen, suspended "
    "FROM account ";

Blob blob_of(std::string_view bytes) { return std::as_bytes(std::span(bytes)); }

ChatAccount account_of(const Rows& row) {
  return {.name = std::string(row.text(0)),
          .folded = std::string(row.text(1)),
          .secret = {.hash = std::string(row.text(2)),
                     .scram = {.account = std::string(row.text(0)),
                               .salt = std::string(as_text(row.blob(3))),
                               .iterations = static_cast<int>(row.integer(4)),
                               .stored_key = std::string(as_text(row.blob(5))),
                               .server_key = std::string(as_text(row.blob(6)))}},
          .created = time_of(row.integer(7)),
          .seen = time_of(row.integer(8)),
          .suspended = row.integer(9) != 0};
}

}  // namespace

Result<ChatSecret> make_chat_secret(const std::string& password) {
  ChatSecret secret = {.hash = hash_password(password), .scram = make_scram_keys(password)};
  if (!secret.hash.empty()) return secret;
  return Error(Fault::limit, "make the hash of a password",
               "there is no memory for it: it takes 64 MiB");
}

Result<ChatAccountTable> ChatAccountTable::open(const std::string& path,
                                                const DatabaseOptions& options) {
  auto database = open_chat_database(path, options);
  if (!database) return database.error();
  Preparer sql(*database);
  Statements statements = {
      .add =
          sql("INSERT INTO account(name, folded, hash, salt, iterations, stored_key, server_key, "
              "created) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING"),
      .set_secret =
          sql("UPDATE account SET hash = ?2, salt = ?3, iterations = ?4, stored_key = ?5, "
              "server_key = ?6 WHERE folded = ?1"),
      .suspend = sql("UPDATE account SET suspended = ?2 WHERE folded = ?1"),
      .remove = sql("DELETE FROM account WHERE folded = ?1"),
      .note_seen = sql("UPDATE account SET seen = ?2 WHERE folded = ?1"),
      .find = sql(k_select + "WHERE folded = ?1"),
      .all = sql(k_select + "ORDER BY folded"),
      .names = sql("SELECT folded FROM account"),
      .secret = sql("SELECT bytes FROM secret"),
  };
  if (!sql.result()) return sql.result().error().about(path);
  return ChatAccountTable(std::move(*database), std::move(statements));
}

Result<bool> ChatAccountTable::changed(const Result<>& done) const {
  if (!done) return done.error();
  return database_.changes() > 0;
}

Result<bool> ChatAccountTable::add(const ChatAccount& account) {
  const ChatScramKeys& scram = account.secret.scram;
  return changed(sql_.add.run(account.name, account.folded, account.secret.hash,
                              blob_of(scram.salt), scram.iterations, blob_of(scram.stored_key),
                              blob_of(scram.server_key), stored_time(account.created)));
}

Result<bool> ChatAccountTable::set_secret(std::string_view folded, const ChatSecret& secret) {
  const ChatScramKeys& scram = secret.scram;
  return changed(sql_.set_secret.run(folded, secret.hash, blob_of(scram.salt), scram.iterations,
                                     blob_of(scram.stored_key), blob_of(scram.server_key)));
}

Result<bool> ChatAccountTable::suspend(std::string_view folded, bool suspended) {
  return changed(sql_.suspend.run(folded, suspended));
}

Result<bool> ChatAccountTable::remove(std::string_view folded) {
  return changed(sql_.remove.run(folded));
}

Result<bool> ChatAccountTable::note_seen(std::string_view folded, WallTime at) {
  return changed(sql_.note_seen.run(folded, stored_time(at)));
}

Result<std::optional<ChatAccount>> ChatAccountTable::find(std::string_view folded) {
  Rows rows = sql_.find.rows(folded);
  const auto row = rows.next();
  if (!row) return row.error();
  if (!*row) return std::optional<ChatAccount>();
  return std::optional(account_of(rows));
}

Result<std::vector<ChatAccount>> ChatAccountTable::all() {
  std::vector<ChatAccount> accounts;
  Rows rows = sql_.all.rows();
  for (;;) {
    const auto row = rows.next();
    if (!row) return row.error();
    if (!*row) return accounts;
    accounts.push_back(account_of(rows));
  }
}

Result<std::vector<std::string>> ChatAccountTable::names() {
  std::vector<std::string> names;
  Rows rows = sql_.names.rows();
  for (;;) {
    const auto row = rows.next();
    if (!row) return row.error();
    if (!*row) return names;
    names.emplace_back(rows.text(0));
  }
}

Result<std::string> ChatAccountTable::made_up_secret() {
  Rows rows = sql_.secret.rows();
  const auto row = rows.next();
  if (!row) return row.error();
  return *row ? std::string(as_text(rows.blob(0))) : std::string();
}

}  // namespace patchbay
