#include "patchbay/tools/replace_file.hpp"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace patchbay {

namespace {

Result<> failed(const std::string& path) { return Error::from_errno(errno, "write").about(path); }

bool write_all(int descriptor, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(descriptor, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
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

Result<> replace_file(const std::string& given, std::string_view content, unsigned mode) {
  const std::string path = resolved(given);
  struct stat before;
  const bool exists = ::stat(path.c_str(), &before) == 0;
  std::string beside = path + ".XXXXXX";
  const int descriptor = ::mkostemp(beside.data(), O_CLOEXEC);
  if (descriptor < 0) return failed(given);
  const mode_t wanted = exists ? before.st_mode & 07777 : static_cast<mode_t>(mode);
  // Only root can give a file away; whoever cannot owns the former one too, or may not write here.
  const bool owned = !exists || (before.st_uid == ::geteuid() && before.st_gid == ::getegid()) ||
                     ::fchown(descriptor, before.st_uid, before.st_gid) == 0;
  const bool done = owned && ::fchmod(descriptor, wanted) == 0 && write_all(descriptor, content) &&
                    ::fsync(descriptor) == 0 && ::rename(beside.c_str(), path.c_str()) == 0;
  const int code = errno;
  ::close(descriptor);
  if (done) {
    sync_folder(path);
    return ok();
  }
  ::unlink(beside.c_str());
  errno = code;
  return failed(given);
}

}  // namespace patchbay
