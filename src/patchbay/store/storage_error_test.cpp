#include "patchbay/store/storage_error.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

namespace patchbay {
namespace {

TEST(StorageError, TellsApartWhatAPersonDoesAbout) {
  const auto fault = [](int code) { return storage_error(nullptr, code, "test").fault(); };
  EXPECT_EQ(fault(SQLITE_BUSY), Fault::storage);
  EXPECT_EQ(fault(SQLITE_CORRUPT), Fault::storage);
  EXPECT_EQ(fault(SQLITE_READONLY), Fault::permission);
  EXPECT_EQ(fault(SQLITE_NOMEM), Fault::limit);
  EXPECT_EQ(fault(SQLITE_INTERRUPT), Fault::limit);
  EXPECT_EQ(fault(SQLITE_ERROR), Fault::storage);
}

TEST(StorageError, KnowsTheExtendedCodesByTheirKind) {
  EXPECT_EQ(storage_error(nullptr, SQLITE_BUSY_SNAPSHOT, "test").why(),
            storage_error(nullptr, SQLITE_BUSY, "test").why());
  EXPECT_EQ(storage_error(nullptr, SQLITE_READONLY_DIRECTORY, "test").fault(), Fault::permission);
}

TEST(StorageError, SaysWhatIsThenToDo) {
  const Error full = storage_error(nullptr, SQLITE_FULL, "write to the database");
  EXPECT_EQ(full.what(), "cannot write to the database");
  EXPECT_NE(full.remedy().find("df -h"), std::string::npos);
}

}  // namespace
}  // namespace patchbay
