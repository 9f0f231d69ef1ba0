#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "patchbay/store/database_fixture.hpp"
#include "patchbay/tools/chat/accounts/chat_account_table.hpp"
#include "patchbay/tools/chat/chat_cli.hpp"
#include "patchbay/tools/command_fixture.hpp"
#include "patchbay/tools/password_hash.hpp"

namespace patchbay {
namespace {

class ChatUserCli : public testing::Test {
 protected:
  // patchbay chat user VERB …
  CommandRan run(const char* verb, CommandWords words, bool json = false) const {
    Command patchbay("patchbay", "", nullptr);
    Command& chat = patchbay.group("chat", "");
    declare_chat_user(chat);
    words.emplace_back("db", folder_.path());
    return run_command(*chat.find("user")->find(verb), words, {.json = json});
  }
  std::string password_file(const std::string& text, unsigned mode = 0600) const {
    const std::filesystem::path path = folder_.folder() / "password";
    std::filesystem::remove(path);
    std::ofstream(path) << text;
    std::filesystem::permissions(path, static_cast<std::filesystem::perms>(mode));
    return path;
  }
  CommandRan add(const std::string& name, const std::string& password) const {
    return run("add", {{"", name}, {"password-file", password_file(password)}});
  }
  ChatAccountTable table() const {
    auto opened = ChatAccountTable::open(folder_.path());
    EXPECT_TRUE(opened);
    return std::move(*opened);
  }
  DatabaseFolder folder_;
};

TEST_F(ChatUserCli, AddsAnAccount) {
  const CommandRan added = add("Ann", "secret\nmore\n");
  EXPECT_EQ(added.code, exit_ok) << added.err;
  EXPECT_EQ(added.out, "Ann was added in " + folder_.path() + "\n");
  const auto found = table().find("ann");
  ASSERT_TRUE(found && *found);
  EXPECT_EQ((*found)->name, "Ann");
  EXPECT_TRUE(matches_password_hash((*found)->secret.hash, "secret"));
}

TEST_F(ChatUserCli, RefusesATakenOrImpossibleName) {
  ASSERT_EQ(add("Ann", "secret").code, exit_ok);
  const CommandRan again = add("ANN", "other");
  EXPECT_EQ(again.code, exit_failed);
  EXPECT_NE(again.err.find("there is an account Ann already"), std::string::npos) << again.err;
  EXPECT_EQ(add("[SERVER]", "secret").code, exit_usage);
  EXPECT_EQ(add("", "secret").code, exit_usage);
}

TEST_F(ChatUserCli, RefusesABadPassword) {
  EXPECT_EQ(add("ann", "").code, exit_failed);
  EXPECT_EQ(add("ann", "\n").code, exit_failed);
  EXPECT_EQ(add("ann", std::string(2000, 'x')).code, exit_failed);
  const CommandRan open = run("add", {{"", "ann"}, {"password-file", password_file("s", 0644)}});
  EXPECT_EQ(open.code, exit_permission) << open.err;
  EXPECT_TRUE(table().all()->empty());
}

TEST_F(ChatUserCli, ChangesAndRemovesAnAccount) {
  ASSERT_EQ(add("ann", "secret").code, exit_ok);
  const CommandRan changed =
      run("passwd", {{"", "Ann"}, {"password-file", password_file("other")}});
  EXPECT_EQ(changed.code, exit_ok) << changed.err;
  EXPECT_TRUE(matches_password_hash((*table().find("ann"))->secret.hash, "other"));

  EXPECT_EQ(run("suspend", {{"", "ann"}}).code, exit_ok);
  EXPECT_TRUE((*table().find("ann"))->suspended);
  EXPECT_EQ(run("del", {{"", "ann"}}).code, exit_ok);
  EXPECT_FALSE(table().find("ann")->has_value());
  for (const char* verb : {"passwd", "suspend", "del"}) {
    const CommandRan missing = run(verb, {{"", "ann"}});
    EXPECT_EQ(missing.code, exit_failed) << verb;
    EXPECT_NE(missing.err.find("there is no account ann"), std::string::npos) << missing.err;
  }
}

TEST_F(ChatUserCli, ListsAccounts) {
  ASSERT_EQ(add("ann", "secret").code, exit_ok);
  ASSERT_EQ(add("Bob", "secret").code, exit_ok);
  const CommandRan listed = run("list", {});
  EXPECT_EQ(listed.code, exit_ok) << listed.err;
  EXPECT_EQ(listed.out, "ann  made never, last seen never\nBob  made never, last seen never\n");
  const CommandRan json = run("list", {}, true);
  EXPECT_NE(json.out.find(R"("type":"account","name":"Bob")"), std::string::npos) << json.out;
  EXPECT_NE(json.out.find(R"("accounts":2)"), std::string::npos);
  EXPECT_EQ(json.out.find("argon"), std::string::npos);
}

TEST_F(ChatUserCli, MakesNoFileButForTheFirst) {
  for (const char* verb : {"passwd", "del", "suspend", "list"}) {
    CommandWords words;
    if (std::string_view(verb) != "list") words.emplace_back("", "ann");
    EXPECT_EQ(run(verb, words).code, exit_failed) << verb;
  }
  EXPECT_FALSE(std::filesystem::exists(folder_.path()));
}

}  // namespace
}  // namespace patchbay
