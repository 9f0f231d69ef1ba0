#include "patchbay/tools/scan/output/scan_sink.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "patchbay/tools/command_fixture.hpp"
#include "patchbay/tools/scan/output/scan_sample_fixture.hpp"

namespace patchbay {
namespace {

class ScanSinkTest : public testing::Test {
 protected:
  std::unique_ptr<ScanSink> open(const std::string& path, ScanSinkOptions options = {}) {
    auto sink = ScanSink::open(path, options, out_);
    EXPECT_TRUE(sink) << sink.error().describe();
    return sink ? std::move(*sink) : nullptr;
  }
  std::string out() { return content_of(std::exchange(options_.out_fd, -1)); }
  std::string err() { return content_of(std::exchange(options_.err_fd, -1)); }

  TemporaryFolder folder_;
  OutputOptions options_{.out_fd = memfd_create("out", MFD_CLOEXEC),
                         .err_fd = memfd_create("err", MFD_CLOEXEC)};
  Output out_{options_};
};

TEST_F(ScanSinkTest, AStreamIsThereAsItIsWritten) {
  write_file(folder_ / "a", "what was there\n");
  const auto sink = open(folder_ / "a");
  EXPECT_EQ(text_of_file(folder_ / "a"), "what was there\n") << "opening loses nothing";
  sink->begin();
  sink->write("one\n");
  sink->flush();
  EXPECT_EQ(text_of_file(folder_ / "a"), "one\n");
}

TEST_F(ScanSinkTest, AppendingGoesOn) {
  write_file(folder_ / "a", "one\n");
  const auto sink = open(folder_ / "a", {.append = true});
  sink->begin();
  sink->write("two\n");
  sink->finish();
  EXPECT_EQ(text_of_file(folder_ / "a"), "one\ntwo\n");
}

TEST_F(ScanSinkTest, ADocumentHasItsNameWhenItIsWhole) {
  const std::string path = folder_ / "a";
  write_file(path, "before");
  ASSERT_EQ(chmod(path.c_str(), 0640), 0);
  const auto sink = open(path, {.document = true});
  sink->begin();
  sink->write("after");
  sink->flush();
  EXPECT_EQ(text_of_file(path), "before");
  sink->finish();
  EXPECT_EQ(text_of_file(path), "after");
  EXPECT_EQ(folder_.files(), 1U);
  struct stat status = {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
}

TEST_F(ScanSinkTest, WhatNeverBeganLeavesNothing) {
  open(folder_ / "a");
  open(folder_ / "b", {.document = true});
  open(folder_ / "c", {.document = true})->begin();
  EXPECT_EQ(folder_.files(), 0U);
}

TEST_F(ScanSinkTest, ADocumentFollowsALink) {
  write_file(folder_ / "real", "");
  std::filesystem::create_symlink("real", folder_ / "link");
  const auto sink = open(folder_ / "link", {.document = true});
  sink->begin();
  sink->write("x");
  sink->finish();
  EXPECT_EQ(text_of_file(folder_ / "real"), "x");
  EXPECT_TRUE(std::filesystem::is_symlink(folder_ / "link"));
}

TEST_F(ScanSinkTest, WhatCannotBeWrittenIsRefusedAtOnce) {
  const auto nowhere = ScanSink::open(folder_ / "no/a", {}, out_);
  ASSERT_FALSE(nowhere);
  EXPECT_TRUE(nowhere.error().what().starts_with("cannot write ")) << nowhere.error().what();
  EXPECT_FALSE(ScanSink::open(folder_ / "no/a", {.document = true}, out_));
  EXPECT_FALSE(ScanSink::open(folder_ / "", {}, out_)) << "a folder";
}

TEST_F(ScanSinkTest, AFullDiskIsToldOnce) {
  const auto sink = open("/dev/full", {.document = true});
  sink->begin();
  for (int i = 0; i < 3; ++i) {
    sink->write("line\n");
    sink->flush();
  }
  sink->finish();
  EXPECT_TRUE(sink->failed());
  EXPECT_EQ(err(),
            "error: cannot write /dev/full\n"
            "  because: no space is left on the disk or in the kernel's table\n"
            "  try: free some space: `df -h`\n");
}

TEST_F(ScanSinkTest, ADashIsStdout) {
  const auto sink = open("-", {.document = true});
  sink->begin();
  sink->write("text\n");
  sink->finish();
  EXPECT_TRUE(sink->is_stdout());
  EXPECT_EQ(out(), "text\n");
}

TEST_F(ScanSinkTest, TwoNamesOfOneFileAreToldApartFromTwoFiles) {
  const auto one = open(folder_ / "a");
  std::filesystem::create_symlink("a", folder_ / "b");
  EXPECT_EQ(open(folder_ / "b", {.document = true})->identity(), one->identity());
  EXPECT_NE(open(folder_ / "c")->identity(), one->identity());
  EXPECT_EQ(open("/dev/null")->identity(), "");
}

}  // namespace
}  // namespace patchbay
