#include "patchbay/tools/http/accounts.hpp"

#include <gtest/gtest.h>

#include "patchbay/http/temporary_folder_fixture.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/password_hash.hpp"

namespace patchbay {
namespace {

std::expected<AccountTable, Failure> read(std::string_view text) {
  const TemporaryFolder folder;
  folder.write("users", text);
  return read_accounts(folder.path("users").string());
}

TEST(AccountsText, HasALineForEachUser) {
  const auto table = read("# people\n\nanna:$argon2id$v=19$x\njörg m.:$argon2id$v=19$y\n");
  ASSERT_TRUE(table);
  EXPECT_EQ(*table, (AccountTable{{"anna", "$argon2id$v=19$x"}, {"jörg m.", "$argon2id$v=19$y"}}));
  EXPECT_TRUE(read("")->empty());
}

TEST(AccountsText, NamesTheLineThatIsNone) {
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

Task<Result<>> let_in(Accounts& accounts, std::string user) {
  EXPECT_TRUE(co_await accounts.check(user, "secret")) << user;
  co_return ok();
}

Task<> check_each(AccountTable table) {
  Accounts accounts(std::move(table));
  EXPECT_TRUE(co_await both(let_in(accounts, "anna"), let_in(accounts, "bob")));
  EXPECT_TRUE(co_await accounts.check("anna", "secret")) << "as it is remembered";
  for (const auto& [user, password] :
       std::initializer_list<std::pair<const char*, const char*>>{{"anna", "secrex"},
                                                                  {"anna", ""},
                                                                  {"Anna", "secret"},
                                                                  {"anna:secret", ""},
                                                                  {"nobody", "secret"}}) {
    EXPECT_FALSE(co_await accounts.check(user, password)) << user << ':' << password;
  }
}

TEST(Accounts, LetInWhoKnowsThePasswordAndNobodyElse) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  const AccountTable table = {{"anna", hash_password("secret")}, {"bob", hash_password("secret")}};
  (*loop)->run(check_each(table));
}

}  // namespace
}  // namespace patchbay
