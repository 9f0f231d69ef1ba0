#include "patchbay/tools/http/get_target.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "patchbay/http/temporary_folder_fixture.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

namespace fs = std::filesystem;

struct Place {
  TemporaryFolder folder;
  std::string path(std::string_view name) const { return folder.path(name).string(); }
  std::string real(std::string_view name) const {
    return (fs::canonical(folder.path()) / name).string();
  }
  std::string found(std::string_view name) const {
    const auto target = find_get_target(path(name));
    if (!target) return std::string(name_of(target.error().fault())) + ": " + target.error().why();
    return target->is_device ? "device" : target->path;
  }
};

TEST(GetTarget, IsAFreeNameOrAFile) {
  const Place place;
  place.folder.write("file", "old");
  EXPECT_EQ(place.found("free"), place.path("free"));
  EXPECT_EQ(place.found("file"), place.path("file"));
}

TEST(GetTarget, IsWhereALinkLeads) {
  const Place place;
  place.folder.write("there/file", "old");
  fs::create_symlink("there/file", place.path("link"));
  fs::create_symlink("there/free", place.path("dangling"));
  fs::create_symlink("dangling", place.path("to_dangling"));
  fs::create_symlink("round", place.path("round"));
  EXPECT_EQ(place.found("link"), place.real("there/file"));
  EXPECT_EQ(place.found("dangling"), place.path("there/free"));
  EXPECT_EQ(place.found("to_dangling"), place.path("there/free"));
  EXPECT_FALSE(find_get_target(place.path("round")));
}

TEST(GetTarget, IsNoFolder) {
  const Place place;
  place.folder.make_folder("folder");
  fs::create_symlink("folder", place.path("link"));
  for (const char* name : {"folder", "folder/", "link"}) {
    EXPECT_EQ(place.found(name), "storage: it is a folder");
  }
}

TEST(GetTarget, DevicesAndFifosTakeBytesAsTheyAre) {
  const Place place;
  ASSERT_EQ(::mkfifo(place.path("fifo").c_str(), 0600), 0);
  fs::create_symlink("fifo", place.path("link"));
  EXPECT_EQ(place.found("fifo"), "device");
  EXPECT_EQ(place.found("link"), "device");
  EXPECT_TRUE(find_get_target("/dev/null")->is_device);
}

Task<Result<>> write_to_device(std::string path, std::string text) {
  auto device = open_device(path);
  if (!device) co_return device.error();
  co_return co_await device->write_all(text);
}
Result<> written(const std::string& path) {
  auto loop = Loop::make();
  return (*loop)->run(write_to_device(path, "hello"));
}

TEST(GetTarget, WritesToAFifoThatSomebodyReads) {
  const Place place;
  const std::string path = place.path("fifo");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  const auto refused = written(path);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why(), "nobody reads it");
  const int reader = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  ASSERT_GE(reader, 0);
  EXPECT_TRUE(written(path));
  char text[8] = {};
  EXPECT_EQ(::read(reader, text, sizeof text), 5);
  EXPECT_STREQ(text, "hello");
  ::close(reader);
  EXPECT_TRUE(fs::is_fifo(path));
  EXPECT_TRUE(written("/dev/null"));
}

// What a server sends would be obeyed there.
TEST(GetTarget, IsNoTerminal) {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) GTEST_SKIP() << "there are no pseudo-terminals here";
  ASSERT_EQ(::grantpt(terminal) + ::unlockpt(terminal), 0);
  const auto refused = written(::ptsname(terminal));
  ::close(terminal);
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().why().find("terminal"), std::string::npos);
}

}  // namespace
}  // namespace patchbay
