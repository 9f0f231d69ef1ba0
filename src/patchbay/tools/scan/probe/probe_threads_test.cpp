#include "patchbay/tools/scan/probe/probe_threads.hpp"

#include <gtest/gtest.h>
#include <sched.h>

#include <algorithm>
#include <functional>
#include <thread>
#include <vector>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/rights.hpp"

namespace patchbay {
namespace {

template <class... Parameters, class... Arguments>
void run(Task<> (*body)(Parameters...), Arguments... arguments) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop) << loop.error().describe();
  (*loop)->run(body(arguments...));
}

Task<> in_order() {
  ProbeThreads threads(1);
  std::vector<int> worked, told;
  for (int i = 0; i < 20; ++i) {
    threads.send([&worked, i] { worked.push_back(i); }, [&told, i] { told.push_back(i); });
  }
  EXPECT_TRUE(threads.is_sending());
  EXPECT_TRUE(co_await threads.wait_for_next());
  EXPECT_FALSE(told.empty());
  co_await threads.wait_for_all();
  EXPECT_FALSE(threads.is_sending());
  EXPECT_EQ(worked.size(), 20U);
  EXPECT_EQ(worked, told);
  EXPECT_TRUE(std::ranges::is_sorted(worked));
  EXPECT_TRUE(co_await threads.wait_for_next()) << "there is none to be waited for";
}
TEST(ProbeThreads, DoTheirWorkInOrder) { run(in_order); }

// Root has some to lose; whoever has none sees nothing here.
Task<> rights() {
  ProbeThreads threads(2);
  const HeldRights unknown{.in_force = Rights{0}, .at_hand = Rights{0}};
  std::vector<HeldRights> held(2, unknown);
  for (HeldRights& each : held) {
    const auto look = [&each] {
      if (const auto known = held_rights()) each = *known;
    };
    threads.send(look, [] {});
  }
  co_await threads.wait_for_all();
  for (const HeldRights& each : held) {
    EXPECT_TRUE(each.in_force.empty());
    EXPECT_TRUE(each.at_hand.empty());
  }
}
TEST(ProbeThreads, HaveNoRightOfTheProcess) {
  const auto before = held_rights();
  run(rights);
  EXPECT_EQ(held_rights()->at_hand, before->at_hand) << "those of this thread are what they were";
}

// On one processor a second thread would only change places with the loop.
Task<> made(bool& any) {
  any = ProbeThreads::make() != nullptr;
  co_return;
}
bool are_made_on(int processors) {
  bool any = false;
  std::thread([&] {
    cpu_set_t usable;
    ASSERT_EQ(::sched_getaffinity(0, sizeof usable, &usable), 0);
    int kept = 0;
    for (unsigned i = 0; i < unsigned{CPU_SETSIZE}; ++i) {
      if (CPU_ISSET(i, &usable) && ++kept > processors) CPU_CLR(i, &usable);
    }
    ASSERT_EQ(::sched_setaffinity(0, sizeof usable, &usable), 0);
    run(made, std::ref(any));
  }).join();
  return any;
}
TEST(ProbeThreads, AreNotMadeOnOneProcessor) {
  EXPECT_FALSE(are_made_on(1));
  cpu_set_t usable;
  ASSERT_EQ(::sched_getaffinity(0, sizeof usable, &usable), 0);
  if (CPU_COUNT(&usable) < 2) GTEST_SKIP() << "there is but one processor";
  EXPECT_TRUE(are_made_on(2));
}

}  // namespace
}  // namespace patchbay
