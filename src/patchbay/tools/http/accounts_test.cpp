#include "patchbay/tools/http/accounts.hpp"

#include <gtest/gtest.h>

#include "patchbay/http/temporary_folder_fixture.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

std::expected<AccountTable, Failure> read(std::string_view text) {
  const TemporaryFolder folder;
  folder.write("users", text);
  return read_accounts(folder.path("users").string());
}

TEST(AccountFile, HasALineForEachUser) {
  const auto table = read("# people\n\nanna:$argon2id$v=19$x\njörg m.:$argon2id$v=19$y\n");
  ASSERT_TRUE(table);
  EXPECT_EQ(*table, (AccountTable{{"anna", "$argon2id$v=19$x"}, {"jörg m.", "$argon2id$v=19$y"}}));
  EXPECT_TRUE(read("")->empty());
}

TEST(AccountFile, NamesTheLineThatIsNone) {
  for (const char* line : {"anna", "anna:secret", ":$argon2id$x", "an\tna:$argon2id$x",
                           "anna:$2y$10$bcrypt", "first:$argon2id$x", "\xff:$argon2id$x"}) {
    const auto table = read("first:$argon2id$x\n" + std::string(line) + "\n");
    ASSERT_FALSE(table) << line;
    EXPECT_NE(table.error().what.find("line 2"), std::string::npos) << table.error().what;
    EXPECT_EQ((table.error().what + table.error().why).find("secret"), std::string::npos);
  }
  EXPECT_FALSE(read("anna:$argon2id$" + std::string(200, 'x')));
  EXPECT_FALSE(read_accounts("/nowhere/users"));
}

TEST(PasswordHash, IsArgon2AndAnotherEachTime) {
  const std::string one = hash_password("secret"), two = hash_password("secret");
  EXPECT_TRUE(one.starts_with("$argon2id$"));
  EXPECT_NE(one, two);
  EXPECT_EQ(one.find("secret"), std::string::npos);
}

Task<Result<>> check_each(Accounts& accounts) {
  EXPECT_TRUE(co_await accounts.check("anna", "secret"));
  EXPECT_TRUE(co_await accounts.check("anna", "secret")) << "as it is remembered";
  for (const auto& [user, password] :
       std::initializer_list<std::pair<const char*, const char*>>{{"anna", "secrex"},
                                                                  {"anna", ""},
                                                                  {"anna", "secret "},
                                                                  {"Anna", "secret"},
                                                                  {"anna:secret", ""},
                                                                  {"nobody", "secret"},
                                                                  {"", "secret"},
                                                                  {"", ""}}) {
    EXPECT_FALSE(co_await accounts.check(user, password)) << user << ':' << password;
  }
  EXPECT_TRUE(co_await accounts.check("bob", "secret"));
  co_return ok();
}

Task<> check_beside_each_other(Accounts& accounts) {
  EXPECT_TRUE(co_await both(check_each(accounts), check_each(accounts)));
}

TEST(Accounts, LetInWhoKnowsThePasswordAndNobodyElse) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  const AccountTable table = {{"anna", hash_password("secret")}, {"bob", hash_password("secret")}};
  (*loop)->run([](AccountTable table) -> Task<> {
    Accounts accounts(std::move(table));
    co_await check_beside_each_other(accounts);
  }(table));
}

}  // namespace
}  // namespace patchbay
