#include "patchbay/store/statement.hpp"

#include <sqlite3.h>

#include <utility>

#include "patchbay/store/storage_error.hpp"

namespace patchbay {

Rows::Rows(Rows&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)), bound_(other.bound_) {}

Rows::~Rows() {
  if (statement_ == nullptr) return;
  sqlite3_reset(statement_);  // says again how the last step ended
  sqlite3_clear_bindings(statement_);
}

Result<bool> Rows::next() {
  sqlite3* const database = sqlite3_db_handle(statement_);
  if (bound_ != SQLITE_OK) return storage_error(database, bound_, "give the database a value");
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return storage_error(
      database, code,
      sqlite3_stmt_readonly(statement_) != 0 ? "read from the database" : "write to the database");
}

std::int64_t Rows::integer(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Rows::text(int column) const {
  const auto* const text = sqlite3_column_text(statement_, column);
  if (text == nullptr) return {};
  return {reinterpret_cast<const char*>(text),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

Blob Rows::blob(int column) const {
  const void* const bytes = sqlite3_column_blob(statement_, column);
  if (bytes == nullptr) return {};
  return {static_cast<const std::byte*>(bytes),
          static_cast<std::size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Rows::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void Statement::begin() {
  code_ = SQLITE_OK;
  if (steps_done_ != nullptr) *steps_done_ = 0;
}

void Statement::keep(int code) {
  if (code_ == SQLITE_OK) code_ = code;
}

void Statement::bind_integer(int index, std::int64_t value) {
  keep(sqlite3_bind_int64(statement_.get(), index, value));
}

void Statement::bind(int index, std::string_view value) {
  // A null pointer would be NULL, and an empty text is not that.
  const char* const text = value.data() == nullptr ? "" : value.data();
  keep(sqlite3_bind_text64(statement_.get(), index, text, value.size(), SQLITE_TRANSIENT,
                           SQLITE_UTF8));
}

void Statement::bind(int index, Blob value) {
  keep(value.empty() ? sqlite3_bind_zeroblob(statement_.get(), index, 0)
                     : sqlite3_bind_blob64(statement_.get(), index, value.data(), value.size(),
                                           SQLITE_TRANSIENT));
}

void Statement::bind(int index, std::nullopt_t) {
  keep(sqlite3_bind_null(statement_.get(), index));
}

}  // namespace patchbay
