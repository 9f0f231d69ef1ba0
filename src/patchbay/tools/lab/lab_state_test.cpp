#include "patchbay/tools/lab/lab_state.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "patchbay/net/child_process.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

namespace fs = std::filesystem;

class LabState : public testing::Test {
 protected:
  void SetUp() override {
    char folder[] = "/tmp/patchbay-lab-test-XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    folder_ = folder;
  }
  ~LabState() override {
    std::error_code fault;
    fs::remove_all(folder_, fault);
  }
  // The mark of a process that is no more.
  static std::string dead_mark() {
    const pid_t child = ::fork();
    if (child == 0) ::pause();
    const std::string mark = mark_of(child).value_or("");
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    return mark;
  }
  std::string folder_;
};

TEST_F(LabState, TheMarkTellsTheLivingFromTheDead) {
  const auto own = mark_of(::getpid());
  ASSERT_TRUE(own);
  EXPECT_FALSE(is_left_over(*own));
  EXPECT_TRUE(is_left_over(dead_mark()));
  EXPECT_TRUE(is_left_over(fmt::format("{}-1", ::getpid())));  // the same id, another process
  for (const char* text : {"", "-", "1", "x-1", "1-x", "lock", "1-2-3"}) {
    EXPECT_FALSE(is_left_over(text)) << text;
  }
}

TEST_F(LabState, ADeadRunsProgramsAndFilesAreRemovedAndNothingElse) {
  const std::string dead = dead_mark();
  std::ofstream(folder_ + "/" + dead + ".book") << "namespace 1 no-such-namespace-of-ours\n";
  fs::create_directory(folder_ + "/" + dead);
  std::ofstream(folder_ + "/" + dead + "/hosts") << "x";
  std::ofstream(folder_ + "/lock");
  std::ofstream(folder_ + "/notes.book") << "no book";
  auto own = LabBook::open(folder_);
  ASSERT_TRUE(own) << own.error().describe();

  auto loop = Loop::make();
  const LoopGuard guard(**loop);
  const auto start = [](const std::string& variable) {
    return ChildProcess::start({.command = {"sleep", "600"}, .environment = {variable}});
  };
  const auto left = start(fmt::format("{}={}", k_lab_variable, dead));
  const auto longer = start(fmt::format("{}={}0", k_lab_variable, dead));
  const auto ours = start(fmt::format("{}={}", k_lab_variable, own->mark()));
  ASSERT_TRUE(left && longer && ours);

  const auto removed = remove_left_overs(folder_);
  ASSERT_TRUE(removed) << removed.error().describe();
  EXPECT_EQ(removed->programs, 1U);
  EXPECT_TRUE(removed->namespaces.empty());
  siginfo_t info{};
  EXPECT_EQ(::waitid(P_PID, static_cast<id_t>(left->id()), &info, WEXITED | WNOHANG | WNOWAIT), 0);
  EXPECT_EQ(info.si_pid, left->id());
  for (const auto* living : {&longer, &ours}) {
    info = {};
    ::waitid(P_PID, static_cast<id_t>((*living)->id()), &info, WEXITED | WNOHANG | WNOWAIT);
    EXPECT_EQ(info.si_pid, 0);
  }
  EXPECT_FALSE(fs::exists(folder_ + "/" + dead + ".book"));
  EXPECT_FALSE(fs::exists(folder_ + "/" + dead));
  EXPECT_TRUE(fs::exists(folder_ + "/notes.book"));
  EXPECT_TRUE(fs::exists(own->file("")));

  ASSERT_TRUE(own->close());
  EXPECT_FALSE(fs::exists(own->file("")));
}

// Without the right there is nothing to try; any other failure is one.
bool may_not(const Result<NetworkNamespace>& made) {
  return !made && made.error().fault() == Fault::permission;
}

TEST_F(LabState, ANameIsRemovedOnlyWhereItIsStillTheSameNamespace) {
  auto made = NetworkNamespace::make();
  if (may_not(made)) GTEST_SKIP() << made.error().describe();
  ASSERT_TRUE(made) << made.error().describe();
  auto other = NetworkNamespace::make();
  ASSERT_TRUE(other);
  const std::string kept = fmt::format("pblab-kept-{}", ::getpid());
  const std::string gone = fmt::format("pblab-gone-{}", ::getpid());
  const std::string dead = dead_mark();
  // A dead run made both; somebody has since given one of the names to a namespace of his own.
  std::ofstream(folder_ + "/" + dead + ".book")
      << fmt::format("namespace {0} {1}\nnamespace {0} {2}\nnamespace {3} {1}", *made->cookie(),
                     kept, gone, *other->cookie());  // the last line is not whole
  ASSERT_TRUE(other->give_name(kept));
  ASSERT_TRUE(made->give_name(gone));
  const auto removed = remove_left_overs(folder_);
  ASSERT_TRUE(removed) << removed.error().describe();
  EXPECT_EQ(removed->namespaces, std::vector<std::string>{gone});
  EXPECT_TRUE(NetworkNamespace::open(kept));
  EXPECT_FALSE(NetworkNamespace::open(gone));
  EXPECT_TRUE(NetworkNamespace::remove_name(kept, *other->cookie()));
}

TEST_F(LabState, AnInodeThatIsUsedAgainIsNoProof) {
  auto now = NetworkNamespace::make();
  if (may_not(now)) GTEST_SKIP() << now.error().describe();
  ASSERT_TRUE(now) << now.error().describe();
  const auto cookie = now->cookie();
  ASSERT_TRUE(cookie) << cookie.error().describe();
  if (*cookie == now->inode()) GTEST_SKIP() << "this kernel has no cookies";
  const std::string kept = fmt::format("pblab-again-{}", ::getpid());
  ASSERT_TRUE(now->give_name(kept));
  EXPECT_TRUE(NetworkNamespace::remove_name(kept, now->inode()));
  EXPECT_TRUE(NetworkNamespace::open(kept));
  EXPECT_TRUE(NetworkNamespace::remove_name(kept, *cookie));
  EXPECT_FALSE(NetworkNamespace::open(kept));
}

TEST_F(LabState, AProcessThatNobodyHasWaitedForIsNoMore) {
  const pid_t ended = ::fork();
  if (ended == 0) ::_exit(0);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(ended), &info, WEXITED | WNOWAIT), 0);
  EXPECT_FALSE(mark_of(ended));
  EXPECT_TRUE(is_left_over(fmt::format("{}-1", ended)));
  ::waitpid(ended, nullptr, 0);
}

TEST_F(LabState, OnlyOneHasTheLock) {
  auto lock = LabLock::take(folder_);
  ASSERT_TRUE(lock) << lock.error().describe();
  std::atomic<bool> let_go = false;
  std::thread second([&] {
    const auto waited_for = LabLock::take(folder_);
    EXPECT_TRUE(waited_for);
    EXPECT_TRUE(let_go);
  });
  let_go = true;
  lock = Error(Fault::closed, "hold the lock");
  second.join();
}

}  // namespace
}  // namespace patchbay
