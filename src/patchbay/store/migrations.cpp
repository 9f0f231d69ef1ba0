#include "patchbay/store/migrations.hpp"

#include <string>

#include "patchbay/store/database.hpp"
#include "patchbay/store/transaction.hpp"

namespace patchbay {

namespace {

constexpr const char* k_open = "open the database";

struct Found {
  std::size_t version = 0;
  std::uint32_t application = 0;
  bool is_empty = true;  // it has no table
};

Result<std::int64_t> ask(Database& database, const char* sql) {
  auto statement = database.prepare(sql);
  if (!statement) return statement.error();
  const auto number = statement->number();
  if (!number) return number.error();
  return number->value_or(0);
}

Result<Found> look(Database& database) {
  // This one first: it is what finds a file that is no database at all.
  const auto tables = ask(database, "SELECT count(*) FROM sqlite_schema");
  if (!tables) return tables.error();
  const auto version = ask(database, "PRAGMA user_version");
  if (!version) return version.error();
  const auto application = ask(database, "PRAGMA application_id");
  if (!application) return application.error();
  return Found{.version = static_cast<std::size_t>(*version),
               .application = static_cast<std::uint32_t>(*application),
               .is_empty = *tables == 0};
}

Result<Found> look_whether_ours(Database& database, const Schema& schema) {
  const auto found = look(database);
  if (!found) return found.error();
  const bool is_new = found->is_empty && found->version == 0 && found->application == 0;
  if (!is_new && found->application != schema.application) {
    return Error(Fault::storage, k_open, "it is the database of another program",
                 "name another file");
  }
  if (found->version > schema.migrations.size()) {
    return Error(Fault::storage, k_open, "it was written by a newer version of this program",
                 "use that version, or name another file");
  }
  return *found;
}

}  // namespace

Result<> check_schema(Database& database, const Schema& schema) {
  const auto found = look_whether_ours(database, schema);
  if (!found) return found.error();
  return ok();
}

Result<> check_schema_is_current(Database& database, const Schema& schema) {
  const auto found = look_whether_ours(database, schema);
  if (!found) return found.error();
  if (found->application == schema.application && found->version == schema.migrations.size()) {
    return ok();
  }
  return Error(Fault::storage, k_open,
               found->is_empty ? "there is nothing in it yet"
                               : "it was written by an older version of this program",
               "whoever writes it brings it up to date, when it starts");
}

Result<> migrate(Database& database, const Schema& schema) {
  if (check_schema_is_current(database, schema)) return ok();
  auto transaction = Transaction::begin(database);
  if (!transaction) return transaction.error();
  // Another program may have been here while this one waited.
  const auto found = look_whether_ours(database, schema);
  if (!found) return found.error();
  for (const char* step : schema.migrations.subspan(found->version)) {
    if (const auto taken = database.execute(step); !taken) return taken.error();
  }
  const std::string marks =
      "PRAGMA application_id = " + std::to_string(static_cast<std::int32_t>(schema.application)) +
      "; PRAGMA user_version = " + std::to_string(schema.migrations.size());
  if (const auto marked = database.execute(marks.c_str()); !marked) return marked.error();
  return transaction->commit();
}

}  // namespace patchbay
