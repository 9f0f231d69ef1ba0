#include "patchbay/tools/scan/targets/target_file.hpp"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

namespace patchbay {
namespace {

using Done = std::expected<void, Failure>;

// The words of a text that comes in pieces of so many bytes; "line:word".
std::string words(std::string_view text, std::size_t piece) {
  std::string all;
  TargetLines* lines = nullptr;
  TargetLines reader([&](std::string_view word) {
    all += std::to_string(lines->line()) + ":" + std::string(word) + " ";
    return Done();
  });
  lines = &reader;
  for (; !text.empty(); text.remove_prefix(std::min(piece, text.size()))) {
    EXPECT_TRUE(reader.feed(text.substr(0, piece)));
  }
  EXPECT_TRUE(reader.end());
  return all;
}

// A file of that text, for as long as it lives.
class File {
 public:
  explicit File(std::string_view text) : file_(::memfd_create("targets", 0)) {
    EXPECT_EQ(::write(file_, text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() { ::close(file_); }
  std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  int file_;
};

std::string read(const std::string& path, MissingFile missing = MissingFile::is_a_failure) {
  std::string all;
  const Done done = read_target_file(path, missing, [&](std::string_view word) -> Done {
    if (word == "bad") return std::unexpected(Failure("cannot use bad", "it is", "leave it out"));
    all += std::string(word) + " ";
    return {};
  });
  return done ? all : done.error().what + " / " + done.error().why;
}

TEST(TargetLines, WordsStandBetweenBlanksAndComments) {
  const char* const text =
      "# hosts\n10.0.0.1 web1\t::1\r\n\n  10.0.0.2# the second\n#a b\n\n10.0.0.3";
  for (const std::size_t piece : {1U, 2U, 3U, 7U, 1000U}) {
    EXPECT_EQ(words(text, piece), "2:10.0.0.1 2:web1 2:::1 4:10.0.0.2 7:10.0.0.3 ") << piece;
  }
  EXPECT_EQ(words("", 1), "");
  EXPECT_EQ(words("# no end", 3), "");
  EXPECT_EQ(words("\n\n\n", 1), "");
}

TEST(TargetLines, AWordHasAnEnd) {
  const std::string long_word(TargetLines::k_longest_word, 'a');
  EXPECT_EQ(words(long_word + "\n" + long_word, 100), "1:" + long_word + " 2:" + long_word + " ");
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, 2 * long_word.size()}) {
    TargetLines lines([](std::string_view) { return Done(); });
    const std::string text = long_word + "a";
    Done done;
    for (std::size_t at = 0; done && at < text.size(); at += piece) {
      done = lines.feed(std::string_view(text).substr(at, piece));
    }
    if (done) done = lines.end();
    ASSERT_FALSE(done) << piece;
    EXPECT_EQ(done.error().why, "it is longer than 4096 characters");
  }
}

TEST(TargetFile, SaysInWhichLineAWordIs) {
  EXPECT_EQ(read(File("a b\nc\n").path()), "a b c ");
  EXPECT_EQ(read(File("\xef\xbb\xbf"
                      "a\n")
                     .path()),
            "a ");
  const File file("a\n# b\n\nc bad d\n");
  EXPECT_EQ(read(file.path()), "cannot use bad in line 4 of " + file.path() + " / it is");
  const File unfinished("a\nbad");
  EXPECT_EQ(read(unfinished.path()),
            "cannot use bad in line 2 of " + unfinished.path() + " / it is");
}

TEST(TargetFile, OneThatCannotBeReadIsAFailure) {
  EXPECT_EQ(
      read("/nonexistent/targets"),
      "cannot read targets from /nonexistent/targets / no file, socket or interface of that name "
      "exists");
  EXPECT_EQ(read("/nonexistent/targets", MissingFile::is_empty), "");
  EXPECT_TRUE(
      read("/proc", MissingFile::is_empty).starts_with("cannot read targets from /proc / "));
}

}  // namespace
}  // namespace patchbay
