#include "patchbay/tools/replace_file.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "patchbay/tools/read_file.hpp"

namespace patchbay {
namespace {

class ReplaceFile : public testing::Test {
 protected:
  ReplaceFile() {
    std::string name = testing::TempDir() + "patchbay-replace-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~ReplaceFile() override { std::filesystem::remove_all(folder_); }
  std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder_), {}));
  }
  std::string content() const { return read_whole_file(path(), 100'000'000).value_or("(none)"); }
  std::string path() const { return (folder_ / "file").string(); }

  std::filesystem::path folder_;
};

TEST_F(ReplaceFile, ComesInPiecesAndIsSeenWhole) {
  ASSERT_TRUE(replace_file(path(), "before"));
  std::string all;
  auto file = FileReplacement::open(path());
  ASSERT_TRUE(file);
  for (int i = 0; i < 50'000; ++i) {
    const std::string piece = std::to_string(i) + "\n";
    all += piece;
    file->write(piece);
  }
  EXPECT_EQ(content(), "before");
  ASSERT_TRUE(file->finish());
  EXPECT_EQ(content(), all);
  EXPECT_EQ(files(), 1U);
}

TEST_F(ReplaceFile, WhatIsNotFinishedLeavesNothing) {
  ASSERT_TRUE(replace_file(path(), "before"));
  {
    auto file = FileReplacement::open(path());
    ASSERT_TRUE(file);
    file->write(std::string(1'000'000, 'x'));
    EXPECT_EQ(files(), 2U);
  }
  EXPECT_EQ(content(), "before");
  EXPECT_EQ(files(), 1U);
}

TEST_F(ReplaceFile, KeepsItsMode) {
  struct stat status;
  ASSERT_TRUE(replace_file(path(), "new"));
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  ASSERT_EQ(::chmod(path().c_str(), 0640), 0);
  ASSERT_TRUE(replace_file(path(), "newer"));
  ASSERT_EQ(::stat(path().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0640U);
}

TEST_F(ReplaceFile, FollowsALink) {
  ASSERT_TRUE(replace_file(path(), "before"));
  const std::string link = (folder_ / "link").string();
  ASSERT_EQ(::symlink("file", link.c_str()), 0);
  ASSERT_TRUE(replace_file(link, "after"));
  EXPECT_EQ(content(), "after");
  EXPECT_TRUE(std::filesystem::is_symlink(link));
}

TEST_F(ReplaceFile, AFolderThatIsNotThereIsTold) {
  const auto done = replace_file((folder_ / "none" / "file").string(), "x");
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().subject(), (folder_ / "none" / "file").string());
}

}  // namespace
}  // namespace patchbay
