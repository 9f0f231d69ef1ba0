// Transaction: several statements that happen together or not at all.
#pragma once

#include "patchbay/base/result.hpp"

namespace patchbay {

class Database;

// Its end without a commit() undoes it. One at a time a connection, which must outlive it.
class Transaction {
 public:
  // As the writer, from the start: so it waits for another one here, and not half way. Faults:
  // storage when that other has gone on for longer than the connection's patience.
  static Result<Transaction> begin(Database& database);
  // To read: all statements see the file as it is at the first of them.
  static Result<Transaction> begin_reading(Database& database);

  Transaction(Transaction&& other) noexcept;
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  // A failure has undone it all.
  Result<> commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  void undo();

  Database* database_;  // null once it has ended
};

}  // namespace patchbay
