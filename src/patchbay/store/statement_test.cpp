#include "patchbay/store/statement.hpp"

#include <gtest/gtest.h>

#include <array>

#include "patchbay/store/database.hpp"
#include "patchbay/store/database_fixture.hpp"

namespace patchbay {
namespace {

constexpr auto k_steps = std::to_array<const char*>({
    "CREATE TABLE thing(number INTEGER PRIMARY KEY, name TEXT UNIQUE, bytes BLOB, size INTEGER)",
});

class StatementTest : public testing::Test {
 protected:
  StatementTest() {
    auto opened = Database::open(folder_.path(), {.application = 1, .migrations = k_steps});
    EXPECT_TRUE(opened);
    if (opened) database_ = std::move(*opened);
  }

  Statement prepare(std::string_view sql) {
    auto statement = database_.prepare(sql);
    EXPECT_TRUE(statement) << database_.message();
    return std::move(*statement);
  }

  DatabaseFolder folder_;
  Database database_;
};

TEST_F(StatementTest, GivesBackWhatItWasGiven) {
  auto insert = prepare("INSERT INTO thing VALUES(?1, ?2, ?3, ?4)");
  const std::string name("a\0b", 3);
  const auto bytes = std::as_bytes(std::span(name));
  ASSERT_TRUE(insert.run(1, name, bytes, std::int64_t{-5'000'000'000}));
  ASSERT_TRUE(insert.run(2, "", Blob(), std::nullopt));
  ASSERT_TRUE(insert.run(3, std::optional<std::string>(), std::nullopt, std::optional(7U)));

  auto select = prepare("SELECT name, bytes, size FROM thing ORDER BY number");
  Rows rows = select.rows();
  ASSERT_EQ(rows.next(), true);
  EXPECT_EQ(rows.text(0), name);
  EXPECT_TRUE(std::ranges::equal(rows.blob(1), bytes));
  EXPECT_EQ(rows.integer(2), -5'000'000'000);
  ASSERT_EQ(rows.next(), true);
  EXPECT_FALSE(rows.is_null(0)) << "an empty text is a text";
  EXPECT_EQ(rows.text(0), "");
  EXPECT_FALSE(rows.is_null(1));
  EXPECT_TRUE(rows.is_null(2));
  ASSERT_EQ(rows.next(), true);
  EXPECT_TRUE(rows.is_null(0));
  EXPECT_EQ(rows.integer(2), 7);
  EXPECT_EQ(rows.next(), false);
}

TEST_F(StatementTest, CopiesWhatItWasGiven) {
  auto echo = prepare("SELECT ?1");
  Rows rows = echo.rows(std::string("a text that is gone by the time that it is asked for"));
  ASSERT_EQ(rows.next(), true);
  EXPECT_EQ(rows.text(0), "a text that is gone by the time that it is asked for");
}

TEST_F(StatementTest, GivesTheFirstNumber) {
  auto largest = prepare("SELECT max(number) FROM thing");
  EXPECT_EQ(*largest.number(), std::nullopt);
  ASSERT_TRUE(database_.execute("INSERT INTO thing(number) VALUES(41), (42)"));
  EXPECT_EQ(*largest.number(), 42);
  auto none = prepare("SELECT number FROM thing WHERE number = ?1");
  EXPECT_EQ(*none.number(5), std::nullopt);
  EXPECT_EQ(*none.number(41), 41);
}

// Who stops in the middle of the rows leaves nothing behind that a writer would have to wait for.
TEST_F(StatementTest, EndsWithItsRows) {
  ASSERT_TRUE(database_.execute("INSERT INTO thing(number) VALUES(1), (2), (3)"));
  auto all = prepare("SELECT number FROM thing ORDER BY number");
  {
    Rows rows = all.rows();
    ASSERT_EQ(rows.next(), true);
    EXPECT_FALSE(database_.execute("DROP TABLE thing")) << "it is being read";
  }
  {
    Rows rows = all.rows();
    ASSERT_EQ(rows.next(), true);
    EXPECT_EQ(rows.integer(0), 1) << "from the start";
  }
  EXPECT_TRUE(database_.execute("DROP TABLE thing")) << database_.message();
}

TEST_F(StatementTest, ForgetsTheValuesOfTheRunBefore) {
  auto echo = prepare("SELECT ?1, ?2");
  ASSERT_TRUE(echo.run("one", "two"));
  Rows rows = echo.rows("three");
  ASSERT_EQ(rows.next(), true);
  EXPECT_TRUE(rows.is_null(1));
}

TEST_F(StatementTest, SaysWhatWentWrong) {
  EXPECT_FALSE(database_.prepare("SELEKT 1"));
  EXPECT_NE(database_.message().find("SELEKT"), std::string_view::npos);

  auto insert = prepare("INSERT INTO thing(name) VALUES(?1)");
  ASSERT_TRUE(insert.run("one"));
  const auto twice = insert.run("one");
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().fault(), Fault::storage);
  EXPECT_EQ(twice.error().why(), "it would break a rule of the database's tables");
  EXPECT_TRUE(insert.run("two")) << "and goes on";

  EXPECT_FALSE(insert.run("three", "too many values"));
  EXPECT_TRUE(insert.run("three"));
}

}  // namespace
}  // namespace patchbay
