#include "patchbay/net/child_process.hpp"

#include <gtest/gtest.h>

#include <csignal>
#include <string>

#include "patchbay/base/text.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

struct Ran {
  int code = -1;
  std::string output;
  std::string errors;
};

Task<> read_to_end(Stream& from, std::string& into) {
  for (;;) {
    const auto data = co_await from.receive(Deadline::after(20s));
    if (!data || data->empty()) co_return;
    into += as_text(data->bytes());
  }
}

Task<Ran> run_to_end(ChildOptions options) {
  Ran ran;
  auto child = ChildProcess::start(options);
  EXPECT_TRUE(child) << child.error().describe();
  if (!child) co_return ran;
  co_await read_to_end(child->output(), ran.output);
  co_await read_to_end(child->errors(), ran.errors);
  const auto code = co_await child->wait(Deadline::after(20s));
  EXPECT_TRUE(code) << code.error().describe();
  ran.code = code.value_or(-1);
  co_return ran;
}

Ran run(const char* script, std::vector<std::string> environment = {}) {
  auto loop = Loop::make();
  return (*loop)->run(run_to_end({.command = {"sh", "-c", script}, .environment = environment}));
}

TEST(ChildProcess, BringsItsOutputAndItsCode) {
  const Ran ran = run("echo out; echo err >&2; exit 7");
  EXPECT_EQ(ran.output, "out\n");
  EXPECT_EQ(ran.errors, "err\n");
  EXPECT_EQ(ran.code, 7);
}

TEST(ChildProcess, CountsASignalAsAShellDoes) { EXPECT_EQ(run("kill -TERM $$").code, 143); }

TEST(ChildProcess, HearsOfTheEndWhereSigchldWasIgnored) {
  const auto before = std::signal(SIGCHLD, SIG_IGN);
  EXPECT_EQ(run("exit 7").code, 7);
  std::signal(SIGCHLD, before);
}

TEST(ChildProcess, ReadsNothing) { EXPECT_EQ(run("cat; echo end").output, "end\n"); }

TEST(ChildProcess, GetsVariablesInThePlaceOfOurs) {
  EXPECT_EQ(run("echo $HOME", {"HOME=elsewhere"}).output, "elsewhere\n");
  EXPECT_EQ(run("echo $PATH").output, std::string(std::getenv("PATH")) + "\n");
}

TEST(ChildProcess, SaysWhatCannotBeStarted) {
  auto loop = Loop::make();
  const LoopGuard guard(**loop);
  const auto started = ChildProcess::start({.command = {"no-such-program"}});
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().fault(), Fault::storage);
  EXPECT_EQ(started.error().what(), "cannot start the program no-such-program");
  EXPECT_EQ(ChildProcess::start({.command = {"/etc/passwd"}}).error().fault(), Fault::permission);
}

Task<int> id_of_a_killed_one() {
  auto child = ChildProcess::start({.command = {"sleep", "600"}});
  EXPECT_TRUE(child) << child.error().describe();
  child->signal(SIGTERM);
  const auto code = co_await child->wait(Deadline::after(20s));
  EXPECT_EQ(code.value_or(-1), 143);
  const auto again = ChildProcess::start({.command = {"sleep", "600"}});
  co_return again ? again->id() : -1;
}

TEST(ChildProcess, EndsWithItsObject) {
  auto loop = Loop::make();
  const int id = (*loop)->run(id_of_a_killed_one());
  ASSERT_GT(id, 0);
  EXPECT_EQ(::kill(id, 0), -1);
}

}  // namespace
}  // namespace patchbay
