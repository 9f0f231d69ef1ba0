#include "patchbay/tools/http/account_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "patchbay/tools/http/accounts.hpp"

namespace patchbay {
namespace {

constexpr const char* k_hash = "$argon2id$v=19$m=65536,t=2,p=1$AAAA$BBBB";
constexpr const char* k_other = "$argon2id$v=19$m=65536,t=2,p=1$AAAA$CCCC";

class AccountFile : public testing::Test {
 protected:
  AccountFile() {
    std::string name = (std::filesystem::temp_directory_path() / "patchbay-users-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    path_ = folder_ / "users";
  }
  ~AccountFile() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& text) const { std::ofstream(path_) << text; }
  std::string read() const {
    std::ostringstream text;
    text << std::ifstream(path_).rdbuf();
    return text.str();
  }
  static std::string line(const std::string& user, const std::string& hash = k_hash) {
    return user + ":" + hash + "\n";
  }

  std::filesystem::path folder_;
  std::string path_;
};

TEST_F(AccountFile, IsMadeForItsFirstUser) {
  const auto change = change_account(path_, "alice", k_hash);
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->was_there);
  EXPECT_EQ(change->users, 1U);
  EXPECT_EQ(read(), line("alice"));
  using std::filesystem::perms;
  EXPECT_EQ(std::filesystem::status(path_).permissions(), perms::owner_read | perms::owner_write);
}

TEST_F(AccountFile, KeepsRemarksAndTheOrder) {
  write("# the team\n\n" + line("zoe") + "# until May: al\n" + line("al") + line("alice"));
  const auto changed = change_account(path_, "al", k_other);
  ASSERT_TRUE(changed);
  EXPECT_TRUE(changed->was_there);
  EXPECT_EQ(changed->users, 3U);
  EXPECT_EQ(read(), "# the team\n\n" + line("zoe") + "# until May: al\n" + line("al", k_other) +
                        line("alice"));
  ASSERT_TRUE(change_account(path_, "bob", k_hash));
  const auto gone = change_account(path_, "al", std::nullopt);
  ASSERT_TRUE(gone);
  EXPECT_EQ(gone->users, 3U);
  EXPECT_EQ(read(),
            "# the team\n\n" + line("zoe") + "# until May: al\n" + line("alice") + line("bob"));
}

TEST_F(AccountFile, ALastLineWithoutAnEndIsNotJoinedWithTheNext) {
  write("# remark\nzoe:" + std::string(k_hash));
  ASSERT_TRUE(change_account(path_, "alice", k_hash));
  EXPECT_EQ(read(), "# remark\n" + line("zoe") + line("alice"));
}

TEST_F(AccountFile, WhoIsNotThereIsNotTakenOut) {
  write(line("zoe"));
  const auto change = change_account(path_, "alice", std::nullopt);
  ASSERT_TRUE(change);
  EXPECT_FALSE(change->was_there);
  EXPECT_EQ(change->users, 1U);
  EXPECT_EQ(read(), line("zoe"));
}

TEST_F(AccountFile, WhatIsNoFileOfAccountsIsLeftAlone) {
  write("zoe:plain text\n");
  EXPECT_FALSE(change_account(path_, "alice", k_hash));
  EXPECT_EQ(read(), "zoe:plain text\n");
}

TEST_F(AccountFile, LosesNobodyWhereSeveralAreAddedAtOnce) {
  std::vector<std::thread> programs;
  for (int i = 0; i < 4; ++i) {
    programs.emplace_back([this, i] {
      for (int j = 0; j < 5; ++j) {
        EXPECT_TRUE(change_account(path_, "user" + std::to_string(i * 5 + j), k_hash));
      }
    });
  }
  for (std::thread& program : programs) program.join();
  const auto table = read_accounts(path_);
  ASSERT_TRUE(table);
  EXPECT_EQ(table->size(), 20U);
}

}  // namespace
}  // namespace patchbay
