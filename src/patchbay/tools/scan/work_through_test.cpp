#include "patchbay/tools/scan/work_through.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "patchbay/net/group.hpp"
#include "patchbay/net/sim/world.hpp"

namespace patchbay {
namespace {

// What was done, each of it in a tenth of a second: "0 1 2"; with a * what was broken off.
struct Done {
  std::string text = {};
  std::size_t running = 0;
  std::size_t most = 0;
};

Task<> one(Done& done, std::size_t index) {
  done.most = std::max(done.most, ++done.running);
  const auto slept = co_await sleep_for(100ms);
  --done.running;
  done.text += (done.text.empty() ? "" : " ") + std::to_string(index) + (slept ? "" : "*");
}

Task<> all(Done& done, std::size_t count, std::size_t at_a_time) {
  co_await work_through(count, at_a_time, [&done](std::size_t index) { return one(done, index); });
}

Task<> broken_off(Done& done, Duration after) {
  TaskGroup group(co_await current_scope());
  group.spawn(all, std::ref(done), 10U, 2U);
  EXPECT_TRUE(co_await sleep_for(after));
  group.cancel();
  co_await group.join();
}

class WorkThrough : public testing::Test {
 protected:
  // How long it takes.
  Duration run(Task<> task) {
    host_.run(std::move(task));
    const sim::Verdict verdict = world_.run();
    EXPECT_TRUE(verdict) << verdict.describe();
    return std::chrono::floor<std::chrono::milliseconds>(verdict.took);
  }

  sim::World world_{1};
  sim::Host& host_{world_.host("10.9.0.1")};
  Done done_;
};

TEST_F(WorkThrough, SoManyAtATimeInTheirOrder) {
  EXPECT_EQ(run(all(done_, 10, 4)), 300ms);
  EXPECT_EQ(done_.text, "0 1 2 3 4 5 6 7 8 9");
  EXPECT_EQ(done_.most, 4U);
}

TEST_F(WorkThrough, NoMoreThanThereAre) {
  EXPECT_EQ(run(all(done_, 3, 50)), 100ms);
  EXPECT_EQ(done_.most, 3U);
}

TEST_F(WorkThrough, NothingIsNoWork) {
  EXPECT_EQ(run(all(done_, 0, 4)), 0ms);
  EXPECT_EQ(done_.text, "");
}

TEST_F(WorkThrough, OneByOneWhereNoneIsAllowed) {
  EXPECT_EQ(run(all(done_, 3, 0)), 300ms);
  EXPECT_EQ(done_.most, 1U);
}

TEST_F(WorkThrough, ACancelEndsThoseThatRunAndBeginsNoOther) {
  EXPECT_EQ(run(broken_off(done_, 150ms)), 150ms);
  EXPECT_EQ(done_.text.substr(0, 4), "0 1 ");
  EXPECT_EQ(std::ranges::count(done_.text, '*'), 2) << done_.text;
  EXPECT_EQ(done_.text.size(), 9U) << done_.text;
}

}  // namespace
}  // namespace patchbay
