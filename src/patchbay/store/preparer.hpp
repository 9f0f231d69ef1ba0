// Preparer: prepares many statements, and says at the end whether all of them are.
//
//   Preparer sql(database);
//   Statements all = {.add = sql("INSERT …"), .find = sql("SELECT …")};
//   if (!sql.result()) return sql.result().error();
#pragma once

#include <string_view>
#include <utility>

#include "patchbay/store/database.hpp"

namespace patchbay {

// Of a database that outlives it.
class Preparer {
 public:
  explicit Preparer(Database& database) : database_(database) {}

  // None, where it cannot be prepared.
  Statement operator()(std::string_view sql) {
    auto statement = database_.prepare(sql);
    if (statement) return std::move(*statement);
    if (result_) result_ = statement.error();
    return {};
  }
  // The first failure.
  const Result<>& result() const { return result_; }

 private:
  Database& database_;
  Result<> result_ = ok();
};

}  // namespace patchbay
