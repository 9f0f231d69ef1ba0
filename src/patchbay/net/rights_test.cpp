#include "patchbay/net/rights.hpp"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>

namespace patchbay {
namespace {

constexpr Rights k_raw{CAP_NET_RAW};
constexpr Rights k_files{CAP_DAC_OVERRIDE};

TEST(Rights, AreASet) {
  EXPECT_TRUE(Rights().empty());
  EXPECT_EQ((k_raw | k_files) & k_raw, k_raw);
  EXPECT_EQ(Rights{CAP_BPF}.bits(), std::uint64_t{1} << 39);  // in the second word
}

// Rights are a thread's: each test gives away those of a thread of its own.
class ThreadsRights : public testing::Test {
 protected:
  void SetUp() override {
    const auto held = held_rights();
    ASSERT_TRUE(held) << held.error().describe();
    if ((held->in_force & (k_raw | k_files)) != (k_raw | k_files)) {
      GTEST_SKIP() << "without CAP_NET_RAW and CAP_DAC_OVERRIDE there is nothing to give up";
    }
  }

  template <class Body>
  static void on_a_thread(Body body) {
    std::thread(body).join();
  }

  // As the kernel tells it: "CapEff", "CapPrm", "NoNewPrivs".
  static std::uint64_t told(const std::string& name) {
    std::ifstream status("/proc/thread-self/status");
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with(name + ":")) return std::stoull(line.substr(name.size() + 1), {}, 16);
    }
    ADD_FAILURE() << "the kernel says nothing of " << name;
    return 0;
  }

  static bool may_open_raw() {
    const int socket = ::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 255);
    if (socket >= 0) ::close(socket);
    return socket >= 0;
  }
};

TEST_F(ThreadsRights, AreLaidAsideAndTakenUpForAWhile) {
  on_a_thread([] {
    ASSERT_TRUE(keep_rights(k_raw | k_files));
    EXPECT_EQ(told("CapEff"), 0U);
    EXPECT_EQ(told("CapPrm"), (k_raw | k_files).bits());
    EXPECT_FALSE(may_open_raw());
    {
      const RaisedRights raised(k_raw);
      EXPECT_EQ(told("CapEff"), k_raw.bits());
      EXPECT_TRUE(may_open_raw());
      const RaisedRights again(k_raw | k_files);
      EXPECT_EQ(told("CapEff"), (k_raw | k_files).bits());
    }
    EXPECT_EQ(told("CapEff"), 0U);
    EXPECT_FALSE(may_open_raw());
  });
}

TEST_F(ThreadsRights, AreGoneForGoodWhenTheyAreNotKept) {
  on_a_thread([] {
    ASSERT_TRUE(keep_rights(k_files));
    ASSERT_TRUE(keep_rights(k_raw | k_files));  // what is gone is not kept
    const RaisedRights raised(k_raw | k_files);
    EXPECT_EQ(told("CapEff"), k_files.bits());
    EXPECT_EQ(told("CapPrm"), k_files.bits());
    EXPECT_EQ(told("CapInh"), 0U);
    EXPECT_EQ(told("NoNewPrivs"), 1U);
    EXPECT_FALSE(may_open_raw());
  });
}

// Root's programs have all rights otherwise, whoever starts them.
TEST_F(ThreadsRights, AreNotThereForAProgramEither) {
  on_a_thread([] {
    ASSERT_TRUE(keep_rights({}));
    const int ended = std::system("grep -q '^CapEff:[[:space:]]*0*$' /proc/self/status");
    EXPECT_EQ(WEXITSTATUS(ended), 0);
  });
}

TEST_F(ThreadsRights, OfAThreadAreThoseOfWhoeverStartedIt) {
  on_a_thread([] {
    ASSERT_TRUE(keep_rights({}));
    on_a_thread([] { EXPECT_EQ(told("CapPrm"), 0U); });
  });
  const auto held = held_rights();
  ASSERT_TRUE(held);
  EXPECT_EQ(held->in_force & k_raw, k_raw);  // and others keep theirs
}

}  // namespace
}  // namespace patchbay
