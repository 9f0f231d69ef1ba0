// Files that are not in memory, over HTTP/2: each read that may not wait fails, so that a thread of
// the pool has to make it. The kernel's word is made: see deny_call().
#include <sys/syscall.h>

#include <cerrno>
#include <thread>

#include "patchbay/http/http2_site_fixture.hpp"
#include "patchbay/net/denied_call_fixture.hpp"

namespace patchbay {
namespace {

using Client = Http2Client;

Task<Result<>> ask_for_files(Client& client) {
  const std::int32_t file = client.ask("GET", "/file");
  const std::int32_t parts = client.ask("GET", "/parts");
  const std::int32_t other = client.ask("GET", "/");
  for (const std::int32_t id : {file, parts, other}) {
    if (const auto heard = co_await client.until_closed(id); !heard) co_return heard;
    EXPECT_TRUE(client[id].whole());
  }
  const std::string content = sim::pattern(200'000);
  EXPECT_EQ(client[file].body, content.substr(1000, 150'000));
  EXPECT_EQ(client[parts].body, "begin" + content.substr(5, 20'000) + "end");
  EXPECT_EQ(client[other].body, "hello\n");
  co_return ok();
}

// One that is shorter than it was shows so.
Task<Result<>> ask_for_a_short_file(Client& client) {
  const std::int32_t id = client.ask("GET", "/short-file");
  if (const auto heard = co_await client.until_closed(id); !heard) co_return heard;
  EXPECT_FALSE(client[id].whole());
  const std::int32_t next = client.ask("GET", "/file");
  if (const auto heard = co_await client.until_closed(next); !heard) co_return heard;
  EXPECT_TRUE(client[next].whole());
  co_return ok();
}

void run_cold(Task<Result<>> (*talk)(Client&), bool& may_filter) {
  std::jthread([&] {
    Http2World it;
    may_filter = deny_call(SYS_preadv2, EAGAIN);
    if (may_filter) it.run(talk);
  }).join();
}

TEST(Http2Cold, FilesAreSentByteForByte) {
  bool may_filter = false;
  run_cold(ask_for_files, may_filter);
  if (!may_filter) GTEST_SKIP() << "this process may not filter its own system calls";
}

TEST(Http2Cold, AFileThatBecameShorterEndsItsStreamAlone) {
  bool may_filter = false;
  run_cold(ask_for_a_short_file, may_filter);
  if (!may_filter) GTEST_SKIP() << "this process may not filter its own system calls";
}

}  // namespace
}  // namespace patchbay
