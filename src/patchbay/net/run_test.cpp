#include "patchbay/net/run.hpp"

#include <gtest/gtest.h>

#include <csignal>

#include "patchbay/net/event.hpp"

namespace patchbay {
namespace {

Task<int> returns(int value) { co_return value; }
TEST(RunMain, ReturnsTheValueOfTheTask) {
  EXPECT_EQ(run_main(returns(0)), 0);
  EXPECT_EQ(run_main(returns(7)), 7);
}

Task<Result<>> succeeds() { co_return ok(); }
Task<Result<>> fails() { co_return Error(Fault::refused, "connect to").about("192.0.2.1:80"); }
TEST(RunMain, TellsAnError) {
  EXPECT_EQ(run_main(succeeds()), 0);
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_main(fails()), 1);
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_TRUE(said.starts_with("error: cannot connect to 192.0.2.1:80\n  because: ")) << said;
}

Task<Result<>> interrupted(int signal) {
  ::raise(signal);
  co_return co_await sleep_until(Deadline::never());
}
Task<Result<>> cancelled_by_itself() { co_return Error(Fault::cancelled, "go on"); }
TEST(RunMain, CountsASignalAsAShellDoes) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_main(interrupted(SIGINT)), 130);
  EXPECT_EQ(run_main(interrupted(SIGTERM)), 143);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  testing::internal::CaptureStderr();
  EXPECT_EQ(run_main(cancelled_by_itself()), 1);  // no signal: somebody should hear of it
  EXPECT_NE(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace patchbay
