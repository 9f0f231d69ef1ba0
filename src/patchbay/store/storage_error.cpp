#include "patchbay/store/storage_error.hpp"

#include <sqlite3.h>

#include <cerrno>

namespace patchbay {

namespace {

struct Cause {
  Fault fault;
  const char* reason;
  const char* remedy;
};

constexpr Cause k_full = {Fault::storage, "the disk is full, or the file may not grow any more",
                          "make room: `df -h`; what was there before is whole"};

bool is_no_room(int code) { return code == ENOSPC || code == EDQUOT || code == EFBIG; }

Cause cause_of(int primary) {
  switch (primary) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return {Fault::storage, "another program has held it for too long",
              "see who has it open: `fuser -v FILE`"};
    case SQLITE_CORRUPT:
      return {Fault::storage, "the file is damaged",
              "put a copy of it in its place, or save what can be read: "
              "`sqlite3 FILE .recover | sqlite3 NEW`"};
    case SQLITE_NOTADB:
      return {Fault::storage, "the file is no SQLite database", "name another file"};
    case SQLITE_FULL: return k_full;
    case SQLITE_NOMEM: return {Fault::limit, "there is not enough memory", ""};
    case SQLITE_TOOBIG: return {Fault::limit, "a value is too large to be stored", ""};
    case SQLITE_INTERRUPT: return {Fault::limit, "it would take too much work", ""};
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return {Fault::permission, "the file, or its folder, may only be read",
              "check who owns it: `ls -l`"};
    case SQLITE_CANTOPEN:
      return {Fault::storage, "the file cannot be opened", "check the path: `ls -l`"};
    case SQLITE_CONSTRAINT:
      return {Fault::storage, "it would break a rule of the database's tables", ""};
    case SQLITE_IOERR:
      return {Fault::storage, "the disk did not read or write it",
              "look what the kernel says of the disk: `dmesg`"};
    default: return {Fault::storage, "the database did not do it", ""};
  }
}

// Whether the errno behind a code tells more than the code: SQLite keeps that of its last failed
// call, which may be older than the failure of a code that has none.
bool has_errno(int primary) {
  return primary == SQLITE_CANTOPEN || primary == SQLITE_IOERR || primary == SQLITE_FULL ||
         primary == SQLITE_READONLY;
}

int last_errno(sqlite3_file* file) {
  int code = 0;
  if (file == nullptr || file->pMethods == nullptr) return 0;
  file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &code);
  return code;
}

// A write that failed is told as one of the disk's faults; by the time that it is, other calls have
// been made. Each of the two files remembers why its own last failed.
bool had_no_room(sqlite3* database, int code) {
  if (is_no_room(sqlite3_system_errno(database))) return true;
  if (code != SQLITE_IOERR_WRITE && code != SQLITE_IOERR_SHMSIZE) return false;
  for (const int which : {SQLITE_FCNTL_FILE_POINTER, SQLITE_FCNTL_JOURNAL_POINTER}) {
    sqlite3_file* file = nullptr;
    sqlite3_file_control(database, "main", which, &file);
    if (is_no_room(last_errno(file))) return true;
  }
  return false;
}

}  // namespace

Error storage_error(sqlite3* database, int code, const char* operation) {
  const int primary = code & 0xff;
  const bool asks = database != nullptr && has_errno(primary);
  const int system = asks ? sqlite3_system_errno(database) : 0;
  if (primary == SQLITE_CANTOPEN && (system == EACCES || system == EPERM || system == ENOENT ||
                                     system == ENOTDIR || system == EROFS || system == ELOOP)) {
    return Error::from_errno(system, operation);
  }
  const bool is_full = asks && had_no_room(database, code);
  const Cause cause = is_full ? k_full : cause_of(primary);
  return Error(cause.fault, operation, cause.reason, cause.remedy);
}

}  // namespace patchbay
