#include "patchbay/tools/http/file_source.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "patchbay/http/temporary_folder_fixture.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

struct Fifo {
  Fifo() { EXPECT_EQ(::mkfifo(path.c_str(), 0600), 0); }

  TemporaryFolder folder;
  std::string path = folder.path("fifo").string();
};

// What comes out of it, or the name of the fault.
Task<Result<>> read_whole(const Fifo& fifo, Deadline deadline, std::string& into) {
  auto source = FileSource::open(fifo.path);
  if (!source) co_return source.error();
  EXPECT_EQ((*source)->size(), std::nullopt);
  const auto all = co_await read_all(**source, 1000, deadline);
  into = all ? *all : std::string(name_of(all.error().fault()));
  co_return ok();
}

// A writer who comes later, and says this or nothing.
Task<Result<>> write_later(const Fifo& fifo, std::string_view text) {
  if (const auto slept = co_await sleep_for(30ms); !slept) co_return slept;
  const int writer = ::open(fifo.path.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
  EXPECT_GE(writer, 0);
  if (!text.empty()) {
    EXPECT_EQ(::write(writer, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  ::close(writer);
  co_return ok();
}

std::string read_beside(std::string_view text) {
  const Fifo fifo;
  std::string read = "nothing";
  const auto loop = Loop::make();
  const auto done = (*loop)->run(both(read_whole(fifo, {}, read), write_later(fifo, text)));
  EXPECT_TRUE(done) << done.error().describe();
  return read;
}

TEST(FileSource, WaitsForWhoeverWritesIntoAFifo) {
  EXPECT_EQ(read_beside("hello"), "hello");
  EXPECT_EQ(read_beside(""), "");
}

// Of the read itself, and of whoever waits for it.
Task<Result<>> read_in_vain(const Fifo& fifo, std::string& one, std::string& other) {
  const auto read = co_await read_whole(fifo, Deadline::after(1ms), one);
  if (!read) co_return read;
  co_return co_await with_deadline(Deadline::after(1ms), read_whole(fifo, {}, other));
}

TEST(FileSource, WaitsForNoWriterBeyondItsDeadline) {
  const Fifo fifo;
  std::string one, other;
  const auto loop = Loop::make();
  EXPECT_TRUE((*loop)->run(read_in_vain(fifo, one, other)));
  EXPECT_EQ(one, "timed_out");
  EXPECT_EQ(other, "timed_out");
}

TEST(FileSource, ReadsAFileOfTheDisk) {
  TemporaryFolder folder;
  folder.write("file", "content");
  const auto loop = Loop::make();
  auto source = FileSource::open(folder.path("file").string());
  ASSERT_TRUE(source);
  EXPECT_EQ((*source)->size(), 7U);
  EXPECT_EQ((*loop)->run(read_all(**source, 100)).value_or("?"), "content");
  EXPECT_FALSE(FileSource::open(folder.path().string()));
  EXPECT_FALSE(FileSource::open(folder.path("none").string()));
}

}  // namespace
}  // namespace patchbay
