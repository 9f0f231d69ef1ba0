// What SQLite's result codes mean to the person who meets them.
#pragma once

#include "patchbay/base/error.hpp"

struct sqlite3;

namespace patchbay {

// `code` is an extended result code; `database` tells the errno behind it and may be null.
// `operation` completes "cannot …" and outlives every copy. Faults: permission where the system
// refused or the file may only be read, limit where there is no memory or a row is too large or a
// statement was stopped at its limit of work, storage for all else. Where a disk is full it says
// so, whichever of SQLite's codes that came with.
Error storage_error(sqlite3* database, int code, const char* operation);

}  // namespace patchbay
