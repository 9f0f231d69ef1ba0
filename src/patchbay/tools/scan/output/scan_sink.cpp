#include "patchbay/tools/scan/output/scan_sink.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace patchbay {

namespace {

// The file that a name leads to, whether it is there yet or not.
std::string resolved(const std::string& path) {
  if (char* const real = ::realpath(path.c_str(), nullptr)) {
    std::string result(real);
    ::free(real);
    return result;
  }
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  char* const real = ::realpath(folder.c_str(), nullptr);
  if (real == nullptr) return path;
  const std::string result =
      std::string(real) + '/' + path.substr(slash == std::string::npos ? 0 : slash + 1);
  ::free(real);
  return result;
}

bool is_there_but_no_file(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode);
}

int write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

}  // namespace

ScanSink::ScanSink(std::string path, ScanSinkOptions options, Output& out)
    : path_(std::move(path)), options_(options), out_(out) {}

Result<std::unique_ptr<ScanSink>> ScanSink::open(const std::string& path, ScanSinkOptions options,
                                                 Output& out) {
  std::unique_ptr<ScanSink> sink(new ScanSink(path, options, out));
  if (path == "-") {
    sink->is_stdout_ = true;
    return sink;
  }
  if (options.document && is_there_but_no_file(path)) sink->options_.document = false;
  const auto opened = sink->options_.document ? sink->open_document() : sink->open_stream();
  if (!opened) return opened.error().about(path);
  struct stat status;
  sink->is_regular_ = ::fstat(sink->descriptor_, &status) == 0 && S_ISREG(status.st_mode);
  if (sink->is_regular_) sink->identity_ = resolved(path);
  return sink;
}

Result<> ScanSink::open_stream() {
  const int flags = O_WRONLY | O_CLOEXEC | O_NOCTTY | (options_.append ? O_APPEND : 0);
  descriptor_ = ::open(path_.c_str(), flags | O_CREAT | O_EXCL, 0666);
  is_new_ = descriptor_ >= 0;
  if (descriptor_ < 0 && errno == EEXIST) {
    descriptor_ = ::open(path_.c_str(), flags | O_CREAT, 0666);
  }
  if (descriptor_ < 0) return Error::from_errno(errno, "write");
  return ok();
}

Result<> ScanSink::open_document() {
  const std::string path = resolved(path_);
  const std::size_t slash = path.rfind('/');
  const std::string name = path.substr(slash == std::string::npos ? 0 : slash + 1);
  if (name.empty()) return Error::from_errno(EISDIR, "write");
  struct stat before;
  const bool exists = ::stat(path.c_str(), &before) == 0;
  // What may not be written to may not be put away either, though the folder would allow it.
  if (exists && ::access(path.c_str(), W_OK) != 0) return Error::from_errno(errno, "write");
  for (int attempt = 0; descriptor_ < 0; ++attempt) {
    beside_ = fmt::format("{}.{}.{}-{}.part", path.substr(0, path.size() - name.size()), name,
                          ::getpid(), attempt);
    descriptor_ =
        ::open(beside_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (descriptor_ < 0 && (errno != EEXIST || attempt == 100)) {
      return Error::from_errno(errno, "write");
    }
  }
  is_new_ = true;
  if (exists && ::fchmod(descriptor_, before.st_mode & 07777) != 0) {
    return Error::from_errno(errno, "write");
  }
  path_ = path;
  return ok();
}

ScanSink::~ScanSink() {
  if (descriptor_ < 0) return;
  ::close(descriptor_);
  if (options_.document) {
    ::unlink(beside_.c_str());
  } else if (is_new_ && !begun_) {
    ::unlink(path_.c_str());
  }
}

void ScanSink::begin() {
  begun_ = true;
  if (!is_regular_ || options_.append || options_.document) return;
  if (::ftruncate(descriptor_, 0) != 0) fail();
}

void ScanSink::write(std::string_view text) {
  if (failed_) return;
  pending_ += text;
  if (pending_.size() >= k_most_pending) flush();
}

void ScanSink::flush() {
  if (failed_ || pending_.empty()) return;
  const std::string text = std::exchange(pending_, {});
  if (is_stdout()) {
    failed_ = !out_.write(text);  // Output tells at its end why
    return;
  }
  const off_t whole = is_regular_ && !options_.append ? ::lseek(descriptor_, 0, SEEK_CUR) : -1;
  const int code = write_all(descriptor_, text);
  if (code == 0) return;
  errno = code;
  fail();
  // The half of a line that a full disk left would spoil the lines before it.
  if (whole >= 0 && ::ftruncate(descriptor_, whole) != 0) return;
}

void ScanSink::finish() {
  flush();
  if (failed_ || is_stdout() || !options_.document) return;
  if (::fsync(descriptor_) != 0 || ::rename(beside_.c_str(), path_.c_str()) != 0) {
    fail();
    return;
  }
  ::close(std::exchange(descriptor_, -1));
}

void ScanSink::fail() {
  if (std::exchange(failed_, true)) return;
  out_.fail(Error::from_errno(errno, "write").about(path_));
}

}  // namespace patchbay
