#include "patchbay/store/migrations.hpp"

#include <gtest/gtest.h>

#include <array>

#include "patchbay/store/database.hpp"
#include "patchbay/store/database_fixture.hpp"

namespace patchbay {
namespace {

constexpr auto k_steps = std::to_array<const char*>({
    "CREATE TABLE line(number INTEGER PRIMARY KEY); INSERT INTO line VALUES(1), (2)",
    "ALTER TABLE line ADD COLUMN text TEXT; UPDATE line SET text = 'old'",
    "CREATE INDEX by_text ON line(text)",
});

Schema first(std::size_t steps) {
  return {.application = 0xffff'0001, .migrations = std::span(k_steps).first(steps)};
}

std::int64_t ask(Database& database, const char* sql) {
  auto statement = database.prepare(sql);
  EXPECT_TRUE(statement) << database.message();
  if (!statement) return -1;
  return statement->number()->value_or(-1);
}

TEST(Migrations, TakeTheStepsThatAreMissing) {
  const DatabaseFolder folder;
  {
    ASSERT_TRUE(Database::open(folder.path(), first(1)));
  }
  {
    auto database = Database::open(folder.path(), first(3));
    ASSERT_TRUE(database) << database.error().describe();
    EXPECT_EQ(ask(*database, "PRAGMA user_version"), 3);
    EXPECT_EQ(ask(*database, "SELECT count(*) FROM line WHERE text = 'old'"), 2);
    ASSERT_TRUE(database->execute("DELETE FROM line"));
  }
  auto again = Database::open(folder.path(), first(3));
  ASSERT_TRUE(again);
  EXPECT_EQ(ask(*again, "SELECT count(*) FROM line"), 0) << "no step is taken twice";
}

TEST(Migrations, AreAllTakenOrNone) {
  const DatabaseFolder folder;
  {
    ASSERT_TRUE(Database::open(folder.path(), first(1)));
  }
  const std::string before = folder.bytes();
  constexpr auto broken =
      std::to_array<const char*>({k_steps[0], k_steps[1], "CREATE TABLE line(again)"});
  EXPECT_FALSE(Database::open(folder.path(), {.application = 0xffff'0001, .migrations = broken}));
  EXPECT_EQ(folder.bytes(), before);
  auto database = Database::open(folder.path(), first(1));
  ASSERT_TRUE(database) << database.error().describe();
  EXPECT_FALSE(database->prepare("SELECT text FROM line"));
}

// Two programs that start at the same time: the second finds done what it wanted to do.
TEST(Migrations, AreTakenOnce) {
  const DatabaseFolder folder;
  auto one = Database::open(folder.path(), first(1));
  auto two = Database::open(folder.path(), first(1));
  ASSERT_TRUE(one && two);
  EXPECT_TRUE(migrate(*one, first(3)));
  EXPECT_TRUE(migrate(*two, first(3)));
  EXPECT_FALSE(migrate(*one, first(2))) << "that version is behind it";
  EXPECT_EQ(ask(*two, "PRAGMA user_version"), 3);
}

}  // namespace
}  // namespace patchbay
