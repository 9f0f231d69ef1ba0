// Unix sockets as files, and by abstract names: what only a kernel has.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "patchbay/net/conformance/unix_fixture.hpp"

namespace patchbay {
namespace {

class UnixFiles : public UnixTest {};
INSTANTIATE_TEST_SUITE_P(, UnixFiles, testing::Values(EngineCase{"epoll", Loop::make}),
                         engine_name);

Task<> by_path(std::string path) {
  auto listener = UnixListener::bind(address_of(path), {.mode = 0600});
  EXPECT_TRUE(listener) << listener.error().describe();
  EXPECT_EQ(listener->local().to_string(), path);
  struct stat status{};
  EXPECT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  co_await talk(*listener);
  listener->close();
  EXPECT_FALSE(std::filesystem::exists(path));
}
TEST_P(UnixFiles, HaveTheirModeAndGoWithTheListener) { run(by_path(path())); }

Task<> by_name(std::string path) {
  const UnixAddress address = address_of("@" + path);
  EXPECT_TRUE(address.is_abstract());
  EXPECT_EQ(address.to_string(), "@" + path);
  auto listener = UnixListener::bind(address);
  EXPECT_TRUE(listener) << listener.error().describe();
  EXPECT_FALSE(std::filesystem::exists(path));
  co_await talk(*listener);
  EXPECT_EQ(UnixListener::bind(address).error().code(), EADDRINUSE);
}
TEST_P(UnixFiles, AreNotMadeForAbstractNames) { run(by_name(path())); }

Task<> abandoned(std::string path) {
  {
    auto first = UnixListener::bind(address_of(path));
    EXPECT_TRUE(first);
    const auto second = UnixListener::bind(address_of(path));
    EXPECT_FALSE(second);
    EXPECT_EQ(second.error().code(), EADDRINUSE);
    EXPECT_EQ(second.error().subject(), path);
    // What a killed process leaves: the file, and nobody behind it.
    std::filesystem::rename(path, path + ".kept");
  }
  std::filesystem::rename(path + ".kept", path);
  EXPECT_EQ((co_await UnixStream::connect(address_of(path), guard())).error().fault(),
            Fault::refused);
  auto third = UnixListener::bind(address_of(path));
  EXPECT_TRUE(third) << third.error().describe();
  co_await talk(*third);
}
TEST_P(UnixFiles, ReplacesOnlyAnAbandonedSocket) { run(abandoned(path())); }

Task<> not_a_socket(std::string path) {
  std::ofstream(path) << "precious";
  EXPECT_EQ(UnixListener::bind(address_of(path)).error().code(), EADDRINUSE);
  std::string content;
  std::ifstream(path) >> content;
  EXPECT_EQ(content, "precious");
  co_return;
}
TEST_P(UnixFiles, NeverReplacesAnyOtherFile) { run(not_a_socket(path())); }

Task<> successor(std::string path) {
  auto first = UnixListener::bind(address_of(path));
  std::filesystem::remove(path);
  auto second = UnixListener::bind(address_of(path));
  EXPECT_TRUE(second);
  first->close();
  co_await talk(*second);
}
TEST_P(UnixFiles, AListenerRemovesOnlyItsOwnFile) { run(successor(path())); }

}  // namespace
}  // namespace patchbay
