#include "patchbay/store/database.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "patchbay/base/unprivileged_fixture.hpp"
#include "patchbay/store/database_fixture.hpp"
#include "patchbay/store/transaction.hpp"

namespace patchbay {
namespace {

constexpr auto k_steps = std::to_array<const char*>({
    "CREATE TABLE line(number INTEGER PRIMARY KEY, text TEXT NOT NULL)",
    "CREATE TABLE mark(line INTEGER NOT NULL REFERENCES line(number))",
});
constexpr Schema k_schema = {.application = 0x50620001, .migrations = k_steps};

Result<Database> open(const DatabaseFolder& folder, const DatabaseOptions& options = {}) {
  return Database::open(folder.path(), k_schema, options);
}

std::int64_t lines_in(Database& database) {
  auto count = database.prepare("SELECT count(*) FROM line");
  EXPECT_TRUE(count) << database.message();
  if (!count) return -1;
  const auto number = count->number();
  EXPECT_TRUE(number);
  return number ? number->value_or(-1) : -1;
}

// What is wrong with it; empty: nothing.
std::string why_not(const DatabaseFolder& folder, const DatabaseOptions& options = {}) {
  const auto database = open(folder, options);
  if (database) return {};
  EXPECT_NE(database.error().what().find("the database"), std::string::npos);
  EXPECT_FALSE(database.error().subject().empty());
  return std::string(name_of(database.error().fault())) + ": " + database.error().why();
}

TEST(Database, IsMadeForItsOwnerAlone) {
  const DatabaseFolder folder;
  auto database = open(folder);
  ASSERT_TRUE(database) << database.error().describe();
  EXPECT_EQ(lines_in(*database), 0);
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(folder.path()).permissions(),
            perms::owner_read | perms::owner_write);
}

TEST(Database, KeepsWhatWasWritten) {
  const DatabaseFolder folder;
  {
    auto database = open(folder);
    ASSERT_TRUE(database);
    ASSERT_TRUE(database->execute("INSERT INTO line VALUES(1, 'one')"));
    EXPECT_EQ(database->last_row(), 1);
    EXPECT_EQ(database->changes(), 1U);
  }
  auto again = open(folder);
  ASSERT_TRUE(again) << again.error().describe();
  EXPECT_EQ(lines_in(*again), 1);
  EXPECT_FALSE(again->execute("INSERT INTO mark VALUES(7)")) << "no line has that number";
}

TEST(Database, IsReadWhileAnotherWrites) {
  const DatabaseFolder folder;
  auto writer = open(folder);
  ASSERT_TRUE(writer);
  auto reader = open(folder, {.access = DatabaseAccess::read});
  ASSERT_TRUE(reader) << reader.error().describe();
  {
    auto transaction = Transaction::begin(*writer);
    ASSERT_TRUE(transaction);
    ASSERT_TRUE(writer->execute("INSERT INTO line VALUES(1, 'one')"));
    EXPECT_EQ(lines_in(*reader), 0);
    ASSERT_TRUE(transaction->commit());
  }
  EXPECT_EQ(lines_in(*reader), 1);
  EXPECT_FALSE(reader->execute("DELETE FROM line")) << "it was opened to be read";
  EXPECT_EQ(lines_in(*reader), 1);
}

TEST(Database, WaitsForAnotherWriterAndThenGivesUp) {
  const DatabaseFolder folder;
  auto one = open(folder);
  auto two = open(folder, {.patience = 1ms});
  ASSERT_TRUE(one && two);
  auto transaction = Transaction::begin(*one);
  ASSERT_TRUE(transaction);
  const auto late = Transaction::begin(*two);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().fault(), Fault::storage);
  EXPECT_EQ(late.error().why(), "another program has held it for too long");
}

TEST(Database, StopsWhatTakesTooMuchWork) {
  const DatabaseFolder folder;
  auto database = open(folder, {.most_steps = 100'000});
  ASSERT_TRUE(database) << database.error().describe();
  auto count_up = database->prepare(
      "WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up LIMIT ?1) "
      "SELECT count(*) FROM up");
  ASSERT_TRUE(count_up);
  const auto much = count_up->number(1'000'000);
  ASSERT_FALSE(much);
  EXPECT_EQ(much.error().fault(), Fault::limit);
  for (int i = 0; i < 100; ++i) {  // the limit is one statement's
    const auto little = count_up->number(1000);
    ASSERT_TRUE(little) << little.error().describe();
    EXPECT_EQ(**little, 1000);
  }
}

// Each refusal says why, and the file is what it was.
TEST(Database, RefusesWhatIsNotItsOwn) {
  const DatabaseFolder folder;
  folder.write(
      "this is a text, and no database at all; it has to be long enough to be looked at. "
      "A header of SQLite has one hundred bytes, and this has more of them than that.");
  const std::string text = folder.bytes();
  EXPECT_EQ(why_not(folder), "storage: the file is no SQLite database");
  EXPECT_EQ(folder.bytes(), text);

  std::filesystem::remove(folder.path());
  constexpr auto other_steps = std::to_array<const char*>({"CREATE TABLE other(a)"});
  ASSERT_TRUE(Database::open(folder.path(), {.application = 77, .migrations = other_steps}));
  const std::string other = folder.bytes();
  EXPECT_EQ(why_not(folder), "storage: it is the database of another program");
  EXPECT_EQ(why_not(folder, {.access = DatabaseAccess::read}),
            "storage: it is the database of another program");
  EXPECT_EQ(folder.bytes(), other);
}

TEST(Database, RefusesANewerVersion) {
  const DatabaseFolder folder;
  {
    constexpr auto steps =
        std::to_array<const char*>({k_steps[0], k_steps[1], "CREATE TABLE c(a)"});
    ASSERT_TRUE(
        Database::open(folder.path(), {.application = k_schema.application, .migrations = steps}));
  }
  const std::string before = folder.bytes();
  EXPECT_EQ(why_not(folder), "storage: it was written by a newer version of this program");
  EXPECT_EQ(folder.bytes(), before);
}

TEST(Database, RefusesADamagedFile) {
  const DatabaseFolder folder;
  {
    ASSERT_TRUE(open(folder));
  }
  std::string bytes = folder.bytes();
  for (std::size_t at = 100; at < 4096; ++at) bytes[at] = '\x5a';  // the list of its tables
  folder.write(bytes);
  EXPECT_EQ(why_not(folder), "storage: the file is damaged");
  EXPECT_EQ(folder.bytes(), bytes);
}

TEST(Database, ReadsOnlyWhatIsThereAndCurrent) {
  const DatabaseFolder folder;
  const DatabaseOptions reading = {.access = DatabaseAccess::read};
  EXPECT_NE(why_not(folder, reading), "");
  EXPECT_FALSE(std::filesystem::exists(folder.path()));
  folder.write("");
  EXPECT_EQ(why_not(folder, reading), "storage: there is nothing in it yet");
  ASSERT_TRUE(Database::open(folder.path(), {.application = k_schema.application,
                                             .migrations = std::span(k_steps).first(1)}));
  EXPECT_EQ(why_not(folder, reading),
            "storage: it was written by an older version of this program");
  ASSERT_TRUE(open(folder));
  EXPECT_EQ(why_not(folder, reading), "");
}

TEST(Database, SaysWhatIsWrongWithThePath) {
  const DatabaseFolder folder;
  const auto missing = Database::open(folder.folder() / "no" / "test.db", k_schema);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code(), ENOENT);
  EXPECT_NE(missing.error().what().find("no/test.db"), std::string::npos);
  EXPECT_FALSE(Database::open(folder.folder(), k_schema)) << "it is a folder";
}

TEST(Database, SaysThatARightIsMissing) {
  const DatabaseFolder folder;
  {
    ASSERT_TRUE(open(folder));
  }
  const std::string before = folder.bytes();
  std::jthread([&folder] {  // rights are a thread's own
    if (::geteuid() == 0) ASSERT_TRUE(give_up_reading_everything());
    std::filesystem::permissions(folder.path(), std::filesystem::perms::owner_read);
    EXPECT_EQ(why_not(folder), "permission: the file, or its folder, may only be read");
    EXPECT_EQ(why_not(folder, {.access = DatabaseAccess::read}), "");
    std::filesystem::permissions(folder.path(), std::filesystem::perms::none);
    EXPECT_TRUE(why_not(folder).starts_with("permission: ")) << why_not(folder);
  })
      .join();
  EXPECT_EQ(folder.bytes(), before);
}

TEST(Database, LosesNothingWhenTheDiskIsFull) {
  const DatabaseFolder folder;
  auto database = open(folder);
  ASSERT_TRUE(database);
  ASSERT_TRUE(database->execute("INSERT INTO line VALUES(1, 'one')"));
  auto insert = database->prepare("INSERT INTO line VALUES(?1, ?2)");
  ASSERT_TRUE(insert);
  {
    const FullDisk full(64 * 1024);
    auto transaction = Transaction::begin(*database);
    ASSERT_TRUE(transaction);
    Result<> written = ok();
    for (int i = 2; written && i < 1000; ++i) written = insert->run(i, std::string(1000, 'x'));
    if (written) written = transaction->commit();
    ASSERT_FALSE(written);
    EXPECT_EQ(written.error().fault(), Fault::storage);
    EXPECT_EQ(written.error().why(), "the disk is full, or the file may not grow any more");
  }
  EXPECT_EQ(lines_in(*database), 1);
  ASSERT_TRUE(insert->run(2, "two")) << "there is room again";
  EXPECT_EQ(lines_in(*database), 2);
}

TEST(Database, IsNotMadeHalfWhenTheDiskIsFull) {
  const DatabaseFolder folder;
  {
    const FullDisk full(4096);
    EXPECT_EQ(why_not(folder), "storage: the disk is full, or the file may not grow any more");
  }
  auto database = open(folder);
  ASSERT_TRUE(database) << database.error().describe();
  EXPECT_EQ(lines_in(*database), 0);
}

}  // namespace
}  // namespace patchbay
