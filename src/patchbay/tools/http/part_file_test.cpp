#include "patchbay/tools/http/part_file.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "patchbay/net/denied_call_fixture.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

namespace fs = std::filesystem;

Task<Result<>> finish(PartFile& part, bool replace) { co_return co_await part.finish(replace); }

class PartFileTest : public testing::Test {
 protected:
  PartFileTest() {
    std::string name = (fs::temp_directory_path() / "patchbay-part-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~PartFileTest() override { fs::remove_all(folder_); }

  std::string path(const char* name = "file") const { return folder_ / name; }
  std::string content(const char* name = "file") const {
    std::stringstream text;
    text << std::ifstream(path(name)).rdbuf();
    return text.str();
  }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }
  static void write(PartFile& part, std::string_view text) {
    EXPECT_TRUE(part.write(std::as_bytes(std::span(text))));
  }
  static Result<> end(PartFile& part, bool replace = true) {
    auto loop = Loop::make();
    return (*loop)->run(finish(part, replace));
  }

  const PartNote note_ = {"http://a/file", "\"tag\""};
  fs::path folder_;
};

TEST_F(PartFileTest, AppearsWhenItIsWhole) {
  auto part = PartFile::open(path());
  ASSERT_TRUE(part) << part.error().describe();
  EXPECT_EQ(part->part_path(), path(".file.part"));
  ASSERT_TRUE(part->begin(note_, 0));
  write(*part, "hel");
  write(*part, "lo");
  EXPECT_FALSE(fs::exists(path()));
  ASSERT_TRUE(end(*part));
  EXPECT_EQ(content(), "hello");
  EXPECT_EQ(files(), 1U);
}

TEST_F(PartFileTest, StaysWithItsNoteWhenItIsNotWhole) {
  {
    auto part = PartFile::open(path());
    ASSERT_TRUE(part);
    EXPECT_FALSE(part->note());
    ASSERT_TRUE(part->begin(note_, 0));
    write(*part, "hel");
  }
  auto again = PartFile::open(path());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->size(), 3U);
  ASSERT_TRUE(again->note());
  EXPECT_EQ(*again->note(), note_);
  ASSERT_TRUE(again->begin(note_, 3));
  write(*again, "lo");
  ASSERT_TRUE(end(*again));
  EXPECT_EQ(content(), "hello");
}

TEST_F(PartFileTest, LeavesNothingWhenThereIsNothing) {
  {
    EXPECT_TRUE(PartFile::open(path()));
  }
  {
    auto part = PartFile::open(path());
    ASSERT_TRUE(part->begin(note_, 0));
  }
  EXPECT_EQ(files(), 0U);
}

TEST_F(PartFileTest, BeginsAnewWithoutTheOldBytes) {
  {
    auto part = PartFile::open(path());
    ASSERT_TRUE(part->begin(note_, 0));
    write(*part, "something long");
  }
  auto part = PartFile::open(path());
  ASSERT_TRUE(part->begin({"http://a/file", "\"other\""}, 0));
  write(*part, "new");
  ASSERT_TRUE(end(*part));
  EXPECT_EQ(content(), "new");
}

TEST_F(PartFileTest, IsOneDownloadsAlone) {
  auto part = PartFile::open(path());
  ASSERT_TRUE(part);
  const auto other = PartFile::open(path());
  ASSERT_FALSE(other);
  EXPECT_NE(other.error().why().find("another download"), std::string::npos);
  EXPECT_TRUE(PartFile::open(path("else")));
}

TEST_F(PartFileTest, DoesNotReplaceWhatItIsNotTo) {
  std::ofstream(path()) << "old";
  auto part = PartFile::open(path());
  ASSERT_TRUE(part->begin(note_, 0));
  write(*part, "new");
  EXPECT_FALSE(end(*part, false));
  EXPECT_EQ(content(), "old");
  ASSERT_TRUE(end(*part, true));
  EXPECT_EQ(content(), "new");
}

// As on NFS. The kernel denies the call on a thread that has nothing else to do.
TEST_F(PartFileTest, GetsAFreeNameWhereTheFileSystemCannotRenameToOne) {
  bool denied = false;
  std::jthread([&] {
    denied = deny_call(SYS_renameat2, EINVAL);
    if (!denied) return;
    auto part = PartFile::open(path());
    ASSERT_TRUE(part->begin(note_, 0));
    write(*part, "one");
    EXPECT_TRUE(end(*part, false));
    auto second = PartFile::open(path());
    ASSERT_TRUE(second->begin(note_, 0));
    write(*second, "two");
    EXPECT_FALSE(end(*second, false));
  }).join();
  if (!denied) GTEST_SKIP() << "this process may not filter its own calls";
  EXPECT_EQ(content(), "one");
}

TEST_F(PartFileTest, DoesNotFollowWhatOthersPutThere) {
  ASSERT_EQ(::symlink(path("victim").c_str(), path(".file.part").c_str()), 0);
  EXPECT_FALSE(PartFile::open(path()));
  EXPECT_FALSE(fs::exists(path("victim")));
  ASSERT_EQ(::mkfifo(path(".pipe.part").c_str(), 0600), 0);
  EXPECT_FALSE(PartFile::open(path("pipe")));
}

TEST_F(PartFileTest, ReplacesNothingButAFile) {
  ASSERT_EQ(::mkfifo(path("fifo").c_str(), 0600), 0);
  ASSERT_EQ(::symlink("victim", path("link").c_str()), 0);
  fs::create_directory(path("folder"));
  for (const char* name : {"fifo", "link", "folder"}) {
    EXPECT_FALSE(PartFile::open(path(name))) << name;
  }
  EXPECT_EQ(files(), 3U);
}

TEST_F(PartFileTest, RemembersHowLongTheWholeIs) {
  const PartNote note = {"http://a/file", "\"tag\"", 200'000};
  {
    auto part = PartFile::open(path());
    ASSERT_TRUE(part->begin(note, 0));
    write(*part, "hel");
  }
  EXPECT_EQ(PartFile::open(path())->note(), note);
}

TEST_F(PartFileTest, ReadsTheNotesOfItsFirstVersion) {
  std::ofstream(path(".file.part")) << "x";
  std::ofstream(path(".file.part.from")) << "patchbay part 1\nhttp://a/file\n\"tag\"\n";
  EXPECT_EQ(PartFile::open(path())->note(), note_);
}

TEST_F(PartFileTest, ABrokenNoteIsNone) {
  for (const char* text :
       {"", "patchbay part 1\n", "patchbay part 1\nhttp://a/\n",
        "patchbay part 1\nhttp://a/\n\"tag\"", "something\na\nb\n", "patchbay part 2\na\nb\n",
        "patchbay part 2\na\nb\n5x\n", "patchbay part 2\na\nb\n5\nc\n"}) {
    std::ofstream(path(".file.part")) << "x";
    std::ofstream(path(".file.part.from")) << text;
    const auto part = PartFile::open(path());
    ASSERT_TRUE(part);
    EXPECT_FALSE(part->note()) << text;
  }
}

TEST_F(PartFileTest, SaysWhatIsWrongWithThePlace) {
  EXPECT_FALSE(PartFile::open(path("missing/file")));
  EXPECT_FALSE(PartFile::open(folder_.string() + "/"));
}

}  // namespace
}  // namespace patchbay
