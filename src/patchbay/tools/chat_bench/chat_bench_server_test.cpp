#include "patchbay/tools/chat_bench/chat_bench_server.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

namespace patchbay {
namespace {

constexpr std::string_view k_stat =
    "4242 (chat (1) x) S 1 4242 4242 0 -1 4194304 1 2 3 4 1234 766 0 0 20 0 1 0 99 0 0 0";
constexpr std::string_view k_status =
    "Name:\tchat\nVmPeak:\t  9000 kB\nVmHWM:\t   800 kB\nVmRSS:\t   700 kB\nRssAnon:\t  500 kB\n"
    "RssFile:\t 200 kB\nVmData:\t  600 kB\n";

TEST(ChatBenchServer, ReadsTimeAndMemory) {
  const auto server = read_server(k_stat, k_status, 100);
  ASSERT_TRUE(server);
  EXPECT_EQ(server->cpu, 20s);
  EXPECT_EQ(server->resident_bytes, 700U * 1024);
  EXPECT_EQ(server->peak_bytes, 800U * 1024);
  EXPECT_EQ(server->anonymous_bytes, 500U * 1024);
  EXPECT_EQ(server->data_bytes, 600U * 1024);
}

TEST(ChatBenchServer, SaysWhenItCannotTell) {
  EXPECT_FALSE(read_server("", k_status, 100));
  EXPECT_FALSE(read_server("4242 (chat) S 1", k_status, 100));
  EXPECT_FALSE(read_server(k_stat, "Name:\tchat\n", 100));  // a thread of the kernel has no memory
  EXPECT_FALSE(read_server(k_stat, k_status, 0));
}

TEST(ChatBenchServer, LooksAtAProcess) {
  const auto self = look_at_server(static_cast<std::uint32_t>(::getpid()));
  ASSERT_TRUE(self);
  EXPECT_GT(self->anonymous_bytes, 0U);
  EXPECT_GE(self->resident_bytes, self->anonymous_bytes);
  EXPECT_GE(self->peak_bytes, self->resident_bytes);
  EXPECT_FALSE(look_at_server(0));
}

}  // namespace
}  // namespace patchbay
