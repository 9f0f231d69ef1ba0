// Database: an SQLite file, opened so that it is ours, whole and at our version, or not at all.
//
//   constexpr Schema schema = {.application = 0x50624368, .migrations = k_chat_migrations};
//   auto database = Database::open("chat.db", schema, {.durability = Durability::normal});
//   if (!database) return database.error();              // and the file is as it was
//   auto insert = database->prepare("INSERT INTO line(number, text) VALUES(?, ?)");
//   auto transaction = Transaction::begin(*database);
//   … insert->run(1, "hello") …
//   auto kept = transaction->commit();
//
// A connection is one thread's at a time. Several may be open to one file, in other programs too:
// the file is in WAL mode, so that readers do not wait for the writer nor it for them.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "patchbay/base/result.hpp"
#include "patchbay/base/time.hpp"
#include "patchbay/store/migrations.hpp"
#include "patchbay/store/statement.hpp"

struct sqlite3;

namespace patchbay {

// What a commit waits for (PRAGMA synchronous). What a killed program has committed is there with
// each of them; they differ in what a crash of the whole machine may take.
enum class Durability : std::uint8_t {
  off,     // the machine's crash may damage the file
  normal,  // … may take the last commits; the file stays whole
  full,    // … takes nothing: each commit waits for the disk
};

enum class DatabaseAccess : std::uint8_t {
  write,  // the file is made where it is missing, with mode 600, and brought up to our version
  read,   // the file must be there and at our version; nothing in it is changed
};

struct DatabaseOptions {
  DatabaseAccess access = DatabaseAccess::write;
  Durability durability = Durability::full;
  // How long a statement waits for another connection that writes; rounded to milliseconds.
  Duration patience = 5s;
  std::uint64_t cache_bytes = 8 * 1024 * 1024;  // of pages, a connection
  // A statement that has gone on for so long is stopped, with Fault::limit; 0 is no limit. In steps
  // of SQLite's machine, of which a processor does some ten million a second.
  std::uint64_t most_steps = 0;
};

class Database {
 public:
  Database() = default;
  Database(Database&&) noexcept = default;
  Database& operator=(Database&&) noexcept = default;

  // Faults: permission; storage when it is no database, damaged, another program's, of a newer
  // version (or for access to read, of an older one), or the disk is full. The error is about the
  // path. Blocks, for `patience` at the most.
  static Result<Database> open(const std::string& path, const Schema& schema,
                               const DatabaseOptions& options = {});

  // A statement to run many times. A text that SQLite does not understand is a fault of ours:
  // storage, and message() says more. It ends before the Database.
  Result<Statement> prepare(std::string_view sql);
  // Runs statements, parted by semicolons, that give no rows and are run once.
  Result<> execute(const char* sql);

  std::int64_t last_row() const;     // the rowid of the last INSERT that has made one
  std::uint64_t changes() const;     // rows that the last INSERT, UPDATE or DELETE has touched
  std::string_view message() const;  // SQLite's own words of the last failure: escape them

  // Writes what is in the WAL into the file, as far as readers let it, and empties the WAL where
  // they all do.
  Result<> checkpoint();

  sqlite3* handle() const { return connection_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  struct Work {  // how far a statement is; its address is SQLite's
    std::uint64_t most = 0;
    std::uint64_t done = 0;
  };

  Result<> open_file(const std::string& path, const DatabaseOptions& options);
  Result<> set_up(const Schema& schema, const DatabaseOptions& options);
  void limit_work(std::uint64_t most_steps);

  std::unique_ptr<Work> work_;  // outlives the connection
  std::unique_ptr<sqlite3, Close> connection_;
};

}  // namespace patchbay
