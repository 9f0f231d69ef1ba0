#include "patchbay/tools/chat/accounts/chat_account_table.hpp"

#include <gtest/gtest.h>

#include "patchbay/store/database_fixture.hpp"

namespace patchbay {
namespace {

constexpr WallTime k_day{std::chrono::microseconds(1'577'836'800'000'000)};

ChatSecret secret(const std::string& name) {
  return {.hash = "$argon2id$" + name,
          .scram = {.account = {},
                    .salt = std::string("s\0lt", 4) + name,
                    .iterations = 5000,
                    .stored_key = "stored",
                    .server_key = "server"}};
}

class ChatAccountTableTest : public testing::Test {
 protected:
  ChatAccountTable open() const {
    auto table = ChatAccountTable::open(folder_.path());
    EXPECT_TRUE(table) << table.error().describe();
    return std::move(*table);
  }
  DatabaseFolder folder_;
};

TEST_F(ChatAccountTableTest, KeepsAnAccount) {
  {
    auto table = open();
    EXPECT_EQ(*table.add({.name = "Ann", .folded = "ann", .secret = secret("1"), .created = k_day}),
              true);
  }
  auto table = open();
  const auto found = table.find("ann");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->name, "Ann");
  EXPECT_EQ((*found)->secret.hash, "$argon2id$1");
  EXPECT_EQ((*found)->secret.scram.account, "Ann");
  EXPECT_EQ((*found)->secret.scram.salt, std::string("s\0lt1", 5));
  EXPECT_EQ((*found)->secret.scram.iterations, 5000);
  EXPECT_EQ((*found)->secret.scram.stored_key, "stored");
  EXPECT_EQ((*found)->secret.scram.server_key, "server");
  EXPECT_EQ((*found)->created, k_day);
  EXPECT_EQ((*found)->seen, WallTime());
  EXPECT_FALSE((*found)->suspended);
}

TEST_F(ChatAccountTableTest, GivesANameOnce) {
  auto table = open();
  ASSERT_EQ(*table.add({.name = "Ann", .folded = "ann", .secret = secret("1")}), true);
  EXPECT_EQ(*table.add({.name = "ANN", .folded = "ann", .secret = secret("2")}), false);
  EXPECT_EQ((*table.find("ann"))->secret.hash, "$argon2id$1");
}

TEST_F(ChatAccountTableTest, ChangesWhatIsThere) {
  auto table = open();
  ASSERT_EQ(*table.add({.name = "Ann", .folded = "ann", .secret = secret("1")}), true);
  EXPECT_EQ(*table.set_secret("ann", secret("2")), true);
  EXPECT_EQ(*table.suspend("ann", true), true);
  EXPECT_EQ(*table.note_seen("ann", k_day), true);
  const auto found = table.find("ann");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->secret.hash, "$argon2id$2");
  EXPECT_TRUE((*found)->suspended);
  EXPECT_EQ((*found)->seen, k_day);

  EXPECT_EQ(*table.set_secret("bob", secret("2")), false);
  EXPECT_EQ(*table.suspend("bob", true), false);
  EXPECT_EQ(*table.remove("bob"), false);
  EXPECT_EQ(*table.remove("ann"), true);
  EXPECT_FALSE(table.find("ann")->has_value());
}

TEST_F(ChatAccountTableTest, ListsThemByName) {
  auto table = open();
  for (const char* name : {"eve", "ann", "bob"}) {
    ASSERT_EQ(*table.add({.name = name, .folded = name, .secret = secret(name)}), true);
  }
  const auto all = table.all();
  ASSERT_TRUE(all && all->size() == 3U);
  EXPECT_EQ((*all)[0].name, "ann");
  EXPECT_EQ((*all)[2].name, "eve");
  EXPECT_EQ(table.names()->size(), 3U);
}

TEST_F(ChatAccountTableTest, HasASecretOfItsOwn) {
  const auto first = open().made_up_secret(), again = open().made_up_secret();
  ASSERT_TRUE(first && again);
  EXPECT_EQ(first->size(), 32U);
  EXPECT_EQ(*first, *again);
  const DatabaseFolder elsewhere;
  auto other = ChatAccountTable::open(elsewhere.path());
  ASSERT_TRUE(other);
  EXPECT_NE(*other->made_up_secret(), *first);
}

}  // namespace
}  // namespace patchbay
