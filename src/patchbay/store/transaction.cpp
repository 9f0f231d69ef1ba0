#include "patchbay/store/transaction.hpp"

#include <sqlite3.h>

#include <utility>

#include "patchbay/store/database.hpp"

namespace patchbay {

Result<Transaction> Transaction::begin(Database& database) {
  if (const auto begun = database.execute("BEGIN IMMEDIATE"); !begun) return begun.error();
  return Transaction(database);
}

Result<Transaction> Transaction::begin_reading(Database& database) {
  if (const auto begun = database.execute("BEGIN"); !begun) return begun.error();
  return Transaction(database);
}

Transaction::Transaction(Transaction&& other) noexcept
    : database_(std::exchange(other.database_, nullptr)) {}

Transaction::~Transaction() {
  if (database_ != nullptr) undo();
}

Result<> Transaction::commit() {
  const auto committed = database_->execute("COMMIT");
  if (!committed) undo();
  database_ = nullptr;
  return committed;
}

// A full disk and a few other faults have undone it already, and then there is nothing to undo. A
// failure to undo leaves what the next opening puts right.
void Transaction::undo() {
  if (sqlite3_get_autocommit(database_->handle()) != 0) return;
  [[maybe_unused]] const auto undone = database_->execute("ROLLBACK");
}

}  // namespace patchbay
