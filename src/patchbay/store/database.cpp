#include "patchbay/store/database.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "patchbay/store/storage_error.hpp"

namespace patchbay {

namespace {

constexpr const char* k_open = "open the database";
// Of SQLite's machine, between two looks at how far a statement is.
constexpr int k_steps_a_look = 4096;

// SQLite makes a file that everybody may read. Ours may hold what was said in private, so it is
// made here first. A file that is there is not opened: to close it again would take away the locks
// that other connections of this process have on it (POSIX).
Result<> make_file(const std::string& path) {
  const int descriptor =
      ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor >= 0) {
    ::close(descriptor);
    return ok();
  }
  if (errno == EEXIST) return ok();
  return Error::from_errno(errno, k_open);
}

const char* synchronous(Durability durability) {
  switch (durability) {
    case Durability::off: return "PRAGMA synchronous = OFF";
    case Durability::normal: return "PRAGMA synchronous = NORMAL";
    case Durability::full: return "PRAGMA synchronous = FULL";
  }
  return "PRAGMA synchronous = FULL";
}

int milliseconds(Duration duration) {
  const auto count = std::chrono::duration_cast<std::chrono::milliseconds>(duration).count();
  return static_cast<int>(std::clamp<std::int64_t>(count, 0, std::numeric_limits<int>::max()));
}

}  // namespace

void Database::Close::operator()(sqlite3* connection) const {
  // Statements that outlive it keep it until they end; what counts their work does not wait.
  sqlite3_progress_handler(connection, 0, nullptr, nullptr);
  sqlite3_close_v2(connection);
}

Result<Database> Database::open(const std::string& path, const Schema& schema,
                                const DatabaseOptions& options) {
  Database database;
  if (const auto opened = database.open_file(path, options); !opened) {
    return opened.error().about(path);
  }
  if (const auto ready = database.set_up(schema, options); !ready) {
    return ready.error().about(path);
  }
  return database;
}

Result<> Database::open_file(const std::string& path, const DatabaseOptions& options) {
  if (options.access == DatabaseAccess::write) {
    if (const auto made = make_file(path); !made) return made.error();
  }
  // Also to read: only who may write can end without leaving the files of the WAL behind. SQLite
  // opens what may not be written to read only.
  sqlite3* connection = nullptr;
  const int code =
      sqlite3_open_v2(path.c_str(), &connection,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  connection_.reset(connection);  // there is one after most failures too
  if (code != SQLITE_OK) return storage_error(connection, code, k_open);
  if (options.access == DatabaseAccess::write && sqlite3_db_readonly(connection, "main") == 1) {
    return storage_error(connection, SQLITE_READONLY, k_open);
  }
  sqlite3_busy_timeout(connection, milliseconds(options.patience));
  // The file may have been prepared by somebody else: nothing in it runs as code of ours.
  sqlite3_db_config(connection, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(connection, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  limit_work(options.most_steps);
  return ok();
}

Result<> Database::set_up(const Schema& schema, const DatabaseOptions& options) {
  const std::string cache = "PRAGMA cache_size = -" +
                            std::to_string(std::max<std::uint64_t>(options.cache_bytes >> 10, 1));
  if (options.access == DatabaseAccess::read) {
    if (const auto current = check_schema_is_current(*this, schema); !current) {
      return current.error();
    }
    if (const auto sized = execute(cache.c_str()); !sized) return sized.error();
    return execute("PRAGMA query_only = ON");
  }

  // Nothing is written before it is known whose the file is.
  if (const auto ours = check_schema(*this, schema); !ours) return ours.error();
  auto mode = prepare("PRAGMA journal_mode = WAL");
  if (!mode) return mode.error();
  {
    Rows rows = mode->rows();
    const auto row = rows.next();
    if (!row) return row.error();
    if (!*row || rows.text(0) != "wal") {
      return Error(Fault::storage, k_open,
                   "its file system has no shared memory, which the WAL needs",
                   "put it on a disk of this host");
    }
  }
  for (const char* pragma : {synchronous(options.durability), "PRAGMA foreign_keys = ON",
                             cache.c_str(), "PRAGMA temp_store = MEMORY"}) {
    if (const auto set = execute(pragma); !set) return set.error();
  }
  return migrate(*this, schema);
}

void Database::limit_work(std::uint64_t most_steps) {
  if (most_steps == 0) return;
  work_ = std::make_unique<Work>(Work{.most = most_steps});
  sqlite3_progress_handler(
      handle(), k_steps_a_look,
      [](void* work) {
        auto& counted = *static_cast<Work*>(work);
        counted.done += k_steps_a_look;
        return counted.done > counted.most ? 1 : 0;
      },
      work_.get());
}

Result<Statement> Database::prepare(std::string_view sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return storage_error(handle(), code, "use the database");
  return Statement(statement, work_ ? &work_->done : nullptr);
}

Result<> Database::execute(const char* sql) {
  if (work_) work_->done = 0;
  const int code = sqlite3_exec(handle(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return storage_error(handle(), code, "use the database");
  return ok();
}

std::int64_t Database::last_row() const { return sqlite3_last_insert_rowid(handle()); }

std::uint64_t Database::changes() const {
  return static_cast<std::uint64_t>(sqlite3_changes64(handle()));
}

std::string_view Database::message() const { return sqlite3_errmsg(handle()); }

Result<> Database::checkpoint() {
  const int code =
      sqlite3_wal_checkpoint_v2(handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
  if (code != SQLITE_OK) return storage_error(handle(), code, "write the database's log into it");
  return ok();
}

}  // namespace patchbay
