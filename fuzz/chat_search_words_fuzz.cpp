// Whatever somebody searches for is a question that FTS5 understands, and one about words alone.
#include <sqlite3.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "check.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/tools/chat/history/chat_search_words.hpp"

namespace {

// An index with one message, and the question whether it matches.
class Index {
 public:
  Index() {
    run(sqlite3_open(":memory:", &database_));
    run(sqlite3_exec(database_,
                     "CREATE VIRTUAL TABLE words USING fts5(text, content='', columnsize=0);"
                     "INSERT INTO words(rowid, text) VALUES(1, 'some words')",
                     nullptr, nullptr, nullptr));
    run(sqlite3_prepare_v2(database_, "SELECT rowid FROM words WHERE words MATCH ?1", -1, &search_,
                           nullptr));
  }
  // SQLite's result code.
  int search(const std::string& words) {
    run(sqlite3_bind_text64(search_, 1, words.data(), words.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
    const int code = sqlite3_step(search_);
    sqlite3_reset(search_);
    return code;
  }

 private:
  static void run(int code) {
    if (code != SQLITE_OK) std::abort();
  }
  sqlite3* database_ = nullptr;
  sqlite3_stmt* search_ = nullptr;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::string words = chat_search_words(text);
  FUZZ_CHECK(is_valid_utf8(words));
  FUZZ_CHECK(words.find('\0') == std::string::npos);
  if (words.empty()) return 0;
  static Index index;
  const int code = index.search(words);
  FUZZ_CHECK(code == SQLITE_ROW || code == SQLITE_DONE);
  return 0;
}
