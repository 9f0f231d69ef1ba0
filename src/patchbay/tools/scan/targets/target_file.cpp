#include "patchbay/tools/scan/targets/target_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <utility>
#include <vector>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/scan/targets/target_word.hpp"

namespace patchbay {

namespace {

using Done = std::expected<void, Failure>;

constexpr std::size_t k_piece = 256 * 1024;
constexpr int k_look_ms = 200;  // how often a signal that waits is looked for
constexpr std::string_view k_byte_order_mark = "\xef\xbb\xbf";

constexpr bool ends_a_word(char c) {
  return c == '\n' || c == ' ' || c == '\t' || c == '\r' || c == '#' || c == '\f' || c == '\v';
}

bool is_told_to_end() {
  sigset_t waiting;
  ::sigpending(&waiting);
  return sigismember(&waiting, SIGINT) == 1 || sigismember(&waiting, SIGTERM) == 1 ||
         sigismember(&waiting, SIGHUP) == 1;
}

// Closes what it has opened; stdin is not its own.
class TargetFile {
 public:
  explicit TargetFile(const std::string& path)
      : is_stdin_(path == "-"),
        name_(is_stdin_ ? "stdin" : escape_terminal(path)),
        descriptor_(is_stdin_ ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)),
        code_(errno) {}
  TargetFile(const TargetFile&) = delete;
  TargetFile& operator=(const TargetFile&) = delete;
  ~TargetFile() {
    if (!is_stdin_ && descriptor_ >= 0) ::close(descriptor_);
  }

  const std::string& name() const { return name_; }
  bool is_open() const { return descriptor_ >= 0; }
  bool is_missing() const { return !is_open() && (code_ == ENOENT || code_ == ENOTDIR); }
  Failure failure() const {
    const Error error = Error::from_errno(code_, "read").about("");
    return {fmt::format("cannot read targets from {}", name_), error.why(), error.remedy()};
  }

  // -1: failure() tells. An end of zero bytes.
  ssize_t read(std::vector<char>& piece) {
    while (!is_told_to_end()) {
      pollfd waiting{.fd = descriptor_, .events = POLLIN, .revents = 0};
      if (::poll(&waiting, 1, k_look_ms) <= 0) continue;
      const ssize_t got = ::read(descriptor_, piece.data(), piece.size());
      if (got >= 0) return got;
      if (errno == EINTR || errno == EAGAIN) continue;
      code_ = errno;
      return -1;
    }
    code_ = EINTR;
    return -1;
  }

 private:
  bool is_stdin_;
  std::string name_;
  int descriptor_;
  int code_;
};

// A word that is refused, with the place where it stands.
Done with_place(Done done, const TargetFile& file, const TargetLines& lines) {
  if (!done) done.error().what += fmt::format(" in line {} of {}", lines.line(), file.name());
  return done;
}

}  // namespace

Done TargetLines::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    if (in_comment_) {
      const std::size_t end = bytes.find('\n');
      if (end == bytes.npos) return {};
      in_comment_ = false;
      bytes.remove_prefix(end);
    }
    const auto found = std::ranges::find_if(bytes, ends_a_word);
    const auto length = static_cast<std::size_t>(found - bytes.begin());
    const std::string_view part = bytes.substr(0, length);
    if (length == bytes.size() && word_.size() + length <= k_longest_word) {
      word_ += part;
      return {};
    }
    if (auto done = take(part); !done) return done;
    if (bytes[length] == '\n') ++line_;
    in_comment_ = bytes[length] == '#';
    bytes.remove_prefix(length + 1);
  }
  return {};
}

Done TargetLines::end() { return take({}); }

// What is too long is refused here, so more than that is never kept.
Done TargetLines::take(std::string_view end_of_word) {
  if (word_.size() + end_of_word.size() > k_longest_word) {
    word_ += end_of_word.substr(0, k_longest_word);
    return std::unexpected(Failure(fmt::format("cannot use the target {}", shown_word(word_)),
                                   fmt::format("it is longer than {} characters", k_longest_word),
                                   "write one target a line"));
  }
  if (word_.empty()) {
    if (end_of_word.empty()) return {};
    return take_(end_of_word);
  }
  word_ += end_of_word;
  const Done done = take_(word_);
  word_.clear();
  return done;
}

Done read_target_file(const std::string& path, MissingFile missing, TargetLines::Take take) {
  TargetFile file(path);
  if (file.is_missing() && missing == MissingFile::is_empty) return {};
  if (!file.is_open()) return std::unexpected(file.failure());
  TargetLines lines(std::move(take));
  std::vector<char> piece(k_piece);
  bool is_first = true;
  for (;;) {
    const ssize_t got = file.read(piece);
    if (got < 0) return std::unexpected(file.failure());
    if (got == 0) return with_place(lines.end(), file, lines);
    std::string_view bytes(piece.data(), static_cast<std::size_t>(got));
    if (is_first && bytes.starts_with(k_byte_order_mark)) {
      bytes.remove_prefix(k_byte_order_mark.size());
    }
    is_first = false;
    if (auto done = lines.feed(bytes); !done) return with_place(std::move(done), file, lines);
  }
}

}  // namespace patchbay
