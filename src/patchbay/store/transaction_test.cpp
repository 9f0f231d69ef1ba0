#include "patchbay/store/transaction.hpp"

#include <gtest/gtest.h>

#include <array>

#include "patchbay/store/database.hpp"
#include "patchbay/store/database_fixture.hpp"

namespace patchbay {
namespace {

constexpr auto k_steps = std::to_array<const char*>({
    "CREATE TABLE line(number INTEGER PRIMARY KEY);"
    "CREATE TABLE mark(line REFERENCES line(number) DEFERRABLE INITIALLY DEFERRED)",
});

class TransactionTest : public testing::Test {
 protected:
  TransactionTest() : database_(open()) {}
  Database open() {
    auto opened = Database::open(folder_.path(), {.application = 1, .migrations = k_steps});
    EXPECT_TRUE(opened);
    return opened ? std::move(*opened) : Database();
  }
  static std::int64_t lines(Database& database) {
    auto count = database.prepare("SELECT count(*) FROM line");
    EXPECT_TRUE(count);
    return count->number()->value_or(-1);
  }

  DatabaseFolder folder_;
  Database database_;
};

TEST_F(TransactionTest, HappensWholeOrNotAtAll) {
  {
    auto kept = Transaction::begin(database_);
    ASSERT_TRUE(kept);
    ASSERT_TRUE(database_.execute("INSERT INTO line VALUES(1)"));
    ASSERT_TRUE(database_.execute("INSERT INTO line VALUES(2)"));
    ASSERT_TRUE(kept->commit());
  }
  {
    const auto left = Transaction::begin(database_);
    ASSERT_TRUE(left);
    ASSERT_TRUE(database_.execute("DELETE FROM line"));
    EXPECT_EQ(lines(database_), 0);
  }
  EXPECT_EQ(lines(database_), 2);
}

TEST_F(TransactionTest, IsUndoneByACommitThatFails) {
  auto transaction = Transaction::begin(database_);
  ASSERT_TRUE(transaction);
  ASSERT_TRUE(database_.execute("INSERT INTO line VALUES(1); INSERT INTO mark VALUES(99)"));
  EXPECT_FALSE(transaction->commit()) << "there is no line 99";
  EXPECT_EQ(lines(database_), 0);
  EXPECT_TRUE(Transaction::begin(database_)) << "the next one can begin";
}

TEST_F(TransactionTest, SeesOneStateWhileItReads) {
  Database writer = open();
  auto reading = Transaction::begin_reading(database_);
  ASSERT_TRUE(reading);
  EXPECT_EQ(lines(database_), 0);
  ASSERT_TRUE(writer.execute("INSERT INTO line VALUES(1)"));
  EXPECT_EQ(lines(database_), 0);
  ASSERT_TRUE(reading->commit());
  EXPECT_EQ(lines(database_), 1);
}

}  // namespace
}  // namespace patchbay
