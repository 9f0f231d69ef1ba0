#include "patchbay/tools/replace_file.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace patchbay {

namespace {

constexpr std::size_t k_most_pending = 64 * 1024;

int write_all(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

// The name of a rename is safe only when the folder is on the disk too.
void sync_folder(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

std::string resolved(const std::string& path) {
  char* const real = ::realpath(path.c_str(), nullptr);
  if (real == nullptr) return path;
  std::string result(real);
  ::free(real);
  return result;
}

}  // namespace

Result<FileReplacement> FileReplacement::open(const std::string& path, unsigned mode) {
  FileReplacement file(path, resolved(path));
  struct stat before;
  const bool exists = ::stat(file.path_.c_str(), &before) == 0;
  std::string beside = file.path_ + ".XXXXXX";
  file.descriptor_ = ::mkostemp(beside.data(), O_CLOEXEC);
  if (file.descriptor_ < 0) return Error::from_errno(errno, "write").about(path);
  file.beside_ = std::move(beside);
  const mode_t wanted = exists ? before.st_mode & 07777 : static_cast<mode_t>(mode);
  // Only root can give a file away; whoever cannot owns the former one too, or may not write here.
  const bool owned = !exists || (before.st_uid == ::geteuid() && before.st_gid == ::getegid()) ||
                     ::fchown(file.descriptor_, before.st_uid, before.st_gid) == 0;
  if (!owned || ::fchmod(file.descriptor_, wanted) != 0) {
    return Error::from_errno(errno, "write").about(path);
  }
  return file;
}

FileReplacement::FileReplacement(FileReplacement&& other) noexcept
    : given_(std::move(other.given_)),
      path_(std::move(other.path_)),
      beside_(std::exchange(other.beside_, {})),
      pending_(std::move(other.pending_)),
      descriptor_(std::exchange(other.descriptor_, -1)),
      code_(other.code_) {}

FileReplacement::~FileReplacement() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!beside_.empty()) ::unlink(beside_.c_str());
}

void FileReplacement::write(std::string_view piece) {
  pending_ += piece;
  if (pending_.size() >= k_most_pending) flush();
}

void FileReplacement::flush() {
  if (code_ == 0) code_ = write_all(descriptor_, pending_);
  pending_.clear();
}

Result<> FileReplacement::finish() {
  flush();
  if (code_ == 0 && ::fsync(descriptor_) != 0) code_ = errno;
  if (code_ == 0 && ::rename(beside_.c_str(), path_.c_str()) != 0) code_ = errno;
  if (code_ != 0) return Error::from_errno(code_, "write").about(given_);
  beside_.clear();
  sync_folder(path_);
  return ok();
}

Result<> replace_file(const std::string& path, std::string_view content, unsigned mode) {
  auto file = FileReplacement::open(path, mode);
  if (!file) return file.error();
  file->write(content);
  return file->finish();
}

}  // namespace patchbay
