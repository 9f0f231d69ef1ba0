#include "patchbay/tools/run_tool.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

Task<int> give(int code) { co_return code; }

Task<int> wait_for_ever() {
  [[maybe_unused]] const auto over = co_await sleep_until(Deadline::never());
  co_return exit_ok;
}

Task<int> interrupt_oneself() {
  raise(SIGINT);
  co_return co_await wait_for_ever();
}

struct Ran {
  int code = 0;
  std::string out;
};

Ran run_with(bool stats, const std::function<int(Output&)>& command) {
  const int file = memfd_create("out", 0);
  Ran ran;
  {
    Output out({.json = true, .stats = stats, .out_fd = file});
    ran.code = command(out);
  }
  ran.out.resize(static_cast<std::size_t>(lseek(file, 0, SEEK_END)));
  EXPECT_EQ(pread(file, ran.out.data(), ran.out.size(), 0), static_cast<ssize_t>(ran.out.size()));
  close(file);
  return ran;
}

TEST(RunTool, TheCodeIsTheTasksOrThatOfAnInterrupt) {
  EXPECT_EQ(run_with(false, [](Output& out) { return run_tool(give(7), out); }).code, 7);
  const Ran stopped =
      run_with(false, [](Output& out) { return run_tool(interrupt_oneself(), out); });
  EXPECT_EQ(stopped.code, exit_interrupted);
  EXPECT_EQ(stopped.out, "");
}

TEST(RunTool, StatsCountEveryLoopOnce) {
  const Ran one = run_with(true, [](Output& out) { return run_tool(give(0), out); });
  EXPECT_TRUE(one.out.starts_with("{\"type\":\"stats\",\"thread\":0,\"syscalls\":")) << one.out;
  const Ran three = run_with(true, [](Output& out) {
    return run_tool_on_threads(3, [](unsigned) { return give(0); }, out)->value;
  });
  EXPECT_EQ(std::count(three.out.begin(), three.out.end(), '\n'), 3) << three.out;
  for (const char* thread : {"\"thread\":0,", "\"thread\":1,", "\"thread\":2,"}) {
    EXPECT_NE(three.out.find(thread), std::string::npos) << three.out;
  }
}

}  // namespace
}  // namespace patchbay
