#include "patchbay/tools/chat/history/chat_database.hpp"

#include <array>

namespace patchbay {

namespace {

constexpr std::uint32_t k_application = 0x50624368;  // "PbCh"

// What is said comes to `fresh` first, one behind the other, and is put among its room's messages
// later, many at a time: to write a page for each room with every commit would take several times
// as long. Times are microseconds since 1970, in UTC; 0: never. The index of words has no text of
// its own: who takes a message out of it must say again what was in it. `secret` is what the salts
// of accounts that are not there are made of.
constexpr auto k_migrations = std::to_array<const char*>({
    R"(CREATE TABLE place(
         id INTEGER PRIMARY KEY,
         key TEXT NOT NULL UNIQUE,
         name TEXT NOT NULL,
         last INTEGER NOT NULL DEFAULT 0,
         topic TEXT NOT NULL DEFAULT '',
         topic_by TEXT NOT NULL DEFAULT '',
         topic_at INTEGER NOT NULL DEFAULT 0
       ) STRICT;
       CREATE TABLE message(
         position INTEGER PRIMARY KEY,
         id INTEGER NOT NULL,
         at INTEGER NOT NULL,
         tone INTEGER NOT NULL,
         name TEXT NOT NULL,
         user TEXT NOT NULL,
         host TEXT NOT NULL,
         account TEXT NOT NULL,
         target TEXT,
         text TEXT NOT NULL,
         tags TEXT NOT NULL
       ) STRICT;
       CREATE TABLE fresh(
         number INTEGER PRIMARY KEY,
         position INTEGER NOT NULL,
         id INTEGER NOT NULL,
         at INTEGER NOT NULL,
         tone INTEGER NOT NULL,
         name TEXT NOT NULL,
         user TEXT NOT NULL,
         host TEXT NOT NULL,
         account TEXT NOT NULL,
         target TEXT,
         text TEXT NOT NULL,
         tags TEXT NOT NULL
       ) STRICT;
       CREATE VIRTUAL TABLE words USING fts5(
         text, content='', columnsize=0, tokenize="unicode61 remove_diacritics 2");
       CREATE TABLE account(
         id INTEGER PRIMARY KEY,
         folded TEXT NOT NULL UNIQUE,
         name TEXT NOT NULL,
         hash TEXT NOT NULL,
         salt BLOB NOT NULL,
         iterations INTEGER NOT NULL,
         stored_key BLOB NOT NULL,
         server_key BLOB NOT NULL,
         created INTEGER NOT NULL,
         seen INTEGER NOT NULL DEFAULT 0,
         suspended INTEGER NOT NULL DEFAULT 0
       ) STRICT;
       CREATE TABLE secret(bytes BLOB NOT NULL) STRICT;
       INSERT INTO secret VALUES(randomblob(32)))",
});

constexpr Schema k_schema = {.application = k_application, .migrations = k_migrations};

}  // namespace

Result<Database> open_chat_database(const std::string& path, const DatabaseOptions& options) {
  return Database::open(path, k_schema, options);
}

}  // namespace patchbay
