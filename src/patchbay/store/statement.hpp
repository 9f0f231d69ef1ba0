// Statement: SQL that was prepared once and is run many times; Rows: what it gives.
//
//   Rows rows = lines.rows(room, before, 50);
//   for (;;) {
//     const auto row = rows.next();
//     if (!row) return row.error();
//     if (!*row) break;
//     use(rows.integer(0), rows.text(1));
//   }
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "patchbay/base/result.hpp"

struct sqlite3_stmt;

namespace patchbay {

// Bytes and text are told apart: a span is a blob, a string_view text.
using Blob = std::span<const std::byte>;

// The rows of a statement that runs. Its end resets the statement: until then a read holds its view
// of the file, and the WAL grows.
class Rows {
 public:
  Rows(Rows&& other) noexcept;
  Rows& operator=(Rows&&) = delete;
  ~Rows();

  // To the next row; false: there is none any more. Faults as storage_error() has them, and what
  // was wrong with a value that was bound.
  Result<bool> next();

  // Of the present row, from column 0 on. A column of another type is converted as SQLite does it.
  // Views end with the next next().
  std::int64_t integer(int column) const;
  std::string_view text(int column) const;
  Blob blob(int column) const;
  bool is_null(int column) const;

 private:
  friend class Statement;
  Rows(sqlite3_stmt* statement, int bound) : statement_(statement), bound_(bound) {}

  sqlite3_stmt* statement_;
  int bound_;  // the result code of binding the values
};

class Statement {
 public:
  Statement() = default;  // none: it is assigned before it runs

  // Begins to run with these values for its ?1, ?2, …, which are copied: integers, booleans, text,
  // Blob, std::nullopt, and optionals of them. One run at a time.
  template <class... Values>
  Rows rows(const Values&... values) {
    begin();
    int index = 0;
    (bind(++index, values), ...);
    return {statement_.get(), code_};
  }
  // Runs to the end, whatever rows there are.
  template <class... Values>
  Result<> run(const Values&... values) {
    Rows all = rows(values...);
    for (;;) {
      const auto row = all.next();
      if (!row) return row.error();
      if (!*row) return ok();
    }
  }
  // The first column of the first row, as a number; nothing where there is no row or it is NULL.
  template <class... Values>
  Result<std::optional<std::int64_t>> number(const Values&... values) {
    Rows all = rows(values...);
    const auto row = all.next();
    if (!row) return row.error();
    if (!*row || all.is_null(0)) return std::optional<std::int64_t>();
    return std::optional(all.integer(0));
  }

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(sqlite3_stmt* statement, std::uint64_t* steps_done)
      : statement_(statement), steps_done_(steps_done) {}

  void begin();
  void bind(int index, std::integral auto value) {
    bind_integer(index, static_cast<std::int64_t>(value));
  }
  void bind(int index, std::string_view value);
  void bind(int index, const char* value) { bind(index, std::string_view(value)); }
  void bind(int index, const std::string& value) { bind(index, std::string_view(value)); }
  void bind(int index, Blob value);
  void bind(int index, std::nullopt_t value);
  template <class Value>
  void bind(int index, const std::optional<Value>& value) {
    value ? bind(index, *value) : bind(index, std::nullopt);
  }
  void bind_integer(int index, std::int64_t value);
  void keep(int code);

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  std::uint64_t* steps_done_ = nullptr;  // the Database's; null where work has no limit
  int code_ = 0;                         // of the first value that could not be bound
};

}  // namespace patchbay
