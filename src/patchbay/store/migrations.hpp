// Schema: the tables of a program's database, as the steps that lead to them, and whose they are.
#pragma once

#include <cstdint>
#include <span>

#include "patchbay/base/result.hpp"

namespace patchbay {

class Database;

// Step i brings a file from version i to i + 1; the version stands in the file (user_version). A
// step that was released is never changed, only followed by others.
struct Schema {
  // Stands in the file too (application_id), so that one program does not take another's for its
  // own. Not 0.
  std::uint32_t application = 0;
  std::span<const char* const> migrations;
};

// Is this file ours, or an empty one, and of a version that we know? Changes nothing. Faults:
// storage.
Result<> check_schema(Database& database, const Schema& schema);
// The same, and not of an older version nor empty either.
Result<> check_schema_is_current(Database& database, const Schema& schema);
// Takes all steps that are missing, in one transaction: all of them or none. Two programs that do
// so at the same time do it once.
Result<> migrate(Database& database, const Schema& schema);

}  // namespace patchbay
