#include "patchbay/tools/chat/accounts/stored_chat_accounts.hpp"

#include <gtest/gtest.h>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/sim/lone_host.hpp"
#include "patchbay/store/database_fixture.hpp"
#include "patchbay/tools/chat/accounts/chat_scram.hpp"
#include "patchbay/tools/chat/text/chat_name.hpp"

namespace patchbay {
namespace {

Endpoint peer(int last = 1) {
  return *Endpoint::parse("192.0.2." + std::to_string(last) + ":4000");
}

class StoredChatAccountsTest : public testing::Test {
 protected:
  void add(const std::string& name, const std::string& password) const {
    auto table = ChatAccountTable::open(folder_.path());
    ASSERT_TRUE(table);
    auto secret = make_chat_secret(password);
    ASSERT_TRUE(secret);
    ASSERT_EQ(*table->add({.name = name, .folded = fold_chat_name(name), .secret = *secret}), true);
  }
  std::string path() const { return folder_.path(); }
  template <class Body>
  void run_beside(Body body) const {
    auto loop = Loop::make();
    ASSERT_TRUE(loop);
    (*loop)->run(body(path()));
  }
  // Without threads, and with a clock that jumps.
  template <class Body>
  void run_simulated(Body body) const {
    auto loop = sim::make_lone_loop({});
    ASSERT_TRUE(loop);
    (*loop)->run(body(path()));
  }
  DatabaseFolder folder_;
};

std::unique_ptr<StoredChatAccounts> open(const std::string& path,
                                         const ChatLoginLimits& limits = {}) {
  auto accounts = StoredChatAccounts::open(path, limits);
  EXPECT_TRUE(accounts) << accounts.error().describe();
  return std::move(*accounts);
}

Task<Result<>> expect_right(StoredChatAccounts& accounts, int from) {
  const auto checked = co_await accounts.check("ANN", "secret", peer(from));
  EXPECT_EQ(checked.value_or("nobody"), "Ann");
  co_return ok();
}

Task<> let_in_who_knows(std::string path) {
  auto accounts = open(path);
  EXPECT_TRUE(co_await both(both(expect_right(*accounts, 1), expect_right(*accounts, 2)),
                            expect_right(*accounts, 3)));
  const auto wrong = co_await accounts->check("ann", "secrex", peer());
  EXPECT_EQ(wrong.error(), ChatLoginFault::wrong);
  const auto nobody = co_await accounts->check("nobody", "secret", peer());
  EXPECT_EQ(nobody.error(), ChatLoginFault::wrong);
  EXPECT_EQ(accounts->account_of("ann"), "ann");
  EXPECT_EQ(accounts->account_of("nobody"), "");
}

TEST_F(StoredChatAccountsTest, LetInWhoKnowsThePassword) {
  add("Ann", "secret");
  run_beside(let_in_who_knows);
  auto table = ChatAccountTable::open(path());
  ASSERT_TRUE(table);
  EXPECT_NE((*table->find("ann"))->seen, WallTime()) << "it is noted when";
}

Task<> slow_down_who_guesses(std::string path) {
  auto accounts = open(path, {.tries_per_address = 2, .tries_per_account = 3});
  EXPECT_EQ((co_await accounts->check("ann", "1", peer(1))).error(), ChatLoginFault::wrong);
  EXPECT_EQ((co_await accounts->check("bob", "2", peer(1))).error(), ChatLoginFault::wrong);
  EXPECT_EQ((co_await accounts->check("ann", "secret", peer(1))).error(),
            ChatLoginFault::too_often);
  EXPECT_TRUE(co_await accounts->check("ann", "secret", peer(2))) << "her own address is free";
  EXPECT_EQ((co_await accounts->check("ann", "3", peer(3))).error(), ChatLoginFault::wrong);
  EXPECT_EQ((co_await accounts->check("ann", "4", peer(4))).error(), ChatLoginFault::wrong);
  EXPECT_EQ((co_await accounts->check("ann", "5", peer(5))).error(), ChatLoginFault::too_often);
  EXPECT_TRUE(co_await sleep_for(60s));
  EXPECT_TRUE(co_await accounts->check("ann", "secret", peer(1)));
}

TEST_F(StoredChatAccountsTest, SlowDownWhoGuesses) {
  add("ann", "secret");
  run_simulated(slow_down_who_guesses);
}

Task<Result<>> guess(StoredChatAccounts& accounts, int& unavailable, int from) {
  const auto checked = co_await accounts.check("ann", "wrong", peer(from));
  if (!checked && checked.error() == ChatLoginFault::unavailable) ++unavailable;
  co_return ok();
}

Task<> let_few_wait(std::string path) {
  auto accounts = open(path, {.at_a_time = 1, .most_waiting = 1});
  int unavailable = 0;
  EXPECT_TRUE(
      co_await both(both(guess(*accounts, unavailable, 1), guess(*accounts, unavailable, 2)),
                    guess(*accounts, unavailable, 3)));
  EXPECT_EQ(unavailable, 1);
}

TEST_F(StoredChatAccountsTest, LetFewWait) {
  add("ann", "secret");
  run_beside(let_few_wait);
}

Task<> suspend(std::string path) {
  auto table = ChatAccountTable::open(path);
  EXPECT_TRUE(table && *table->suspend("ann", true));
  auto accounts = open(path);
  EXPECT_EQ((co_await accounts->check("ann", "wrong", peer())).error(), ChatLoginFault::wrong);
  EXPECT_EQ((co_await accounts->check("ann", "secret", peer())).error(), ChatLoginFault::suspended);
  const auto keys = co_await accounts->scram_keys("ann", peer());
  EXPECT_TRUE(keys);
  EXPECT_NE(keys->salt, (*table->find("ann"))->secret.scram.salt) << "nothing is told of it";
  EXPECT_EQ(accounts->account_of("ann"), "ann") << "the name stays reserved";
}

TEST_F(StoredChatAccountsTest, TellOfASuspensionWhoKnowsThePassword) {
  add("ann", "secret");
  run_simulated(suspend);
}

Task<> give_scram_keys(std::string path) {
  auto accounts = open(path, {.tries_per_address = 2});
  const auto keys = co_await accounts->scram_keys("ANN", peer());
  EXPECT_TRUE(keys);
  if (!keys) co_return;
  EXPECT_EQ(keys->account, "Ann");
  EXPECT_EQ(make_scram_keys("secret", keys->salt, keys->iterations).stored_key, keys->stored_key);
  accounts->note_login("ANN", peer(), true);
  const auto one = co_await accounts->scram_keys("nobody", peer());
  const auto two = co_await open(path)->scram_keys("nobody", peer());
  EXPECT_TRUE(one && two);
  if (one && two) {
    EXPECT_EQ(one->salt, two->salt) << "also after a restart";
  }
  accounts->note_login("nobody", peer(), false);
  EXPECT_TRUE(co_await accounts->scram_keys("nobody", peer()));
  EXPECT_EQ((co_await accounts->scram_keys("ann", peer())).error(), ChatLoginFault::too_often);
}

TEST_F(StoredChatAccountsTest, GiveScramKeysOfWhomever) {
  add("Ann", "secret");
  run_simulated(give_scram_keys);
}

Task<> learn_of_others(std::string path) {
  auto accounts = open(path);
  EXPECT_EQ(accounts->account_of("bob"), "");
  auto table = ChatAccountTable::open(path);
  auto secret = make_chat_secret("secret");
  EXPECT_TRUE(table && secret);
  if (!table || !secret) co_return;
  EXPECT_TRUE(*table->add({.name = "Bob", .folded = "bob", .secret = *secret}));
  EXPECT_TRUE(*table->remove("ann"));
  const auto ended = co_await with_deadline(Deadline::after(11s), accounts->run());
  EXPECT_FALSE(ended);
  EXPECT_EQ(accounts->account_of("bob"), "bob");
  EXPECT_EQ(accounts->account_of("ann"), "");
}

TEST_F(StoredChatAccountsTest, LearnOfOthers) {
  add("ann", "secret");
  run_simulated(learn_of_others);
}

}  // namespace
}  // namespace patchbay
