#include "patchbay/tools/lab/lab_state.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

namespace patchbay {

namespace {
constexpr const char* k_operation = "keep book of what the lab makes in";
}

std::string lab_folder() {
  if (::geteuid() == 0) return "/run/patchbay-lab";
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && *runtime == '/') return fmt::format("{}/patchbay-lab", runtime);
  return fmt::format("/tmp/patchbay-lab-{}", ::geteuid());
}

Result<LabLock> LabLock::take() {
  const std::string folder = lab_folder();
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) {
    return Error::from_errno(errno, k_operation).about(folder);
  }
  // Somebody else's folder of this name could be a trap: /tmp is open to all.
  struct stat status{};
  if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) ||
      status.st_uid != ::geteuid()) {
    return Error(Fault::permission, k_operation, "it belongs to somebody else").about(folder);
  }
  const std::string path = folder + "/lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return Error::from_errno(errno, k_operation).about(folder);
  int locked;
  do {
    locked = ::flock(descriptor, LOCK_EX);
  } while (locked != 0 && errno == EINTR);
  if (locked == 0) return LabLock(descriptor);
  const int code = errno;
  ::close(descriptor);
  return Error::from_errno(code, k_operation).about(folder);
}

LabLock::LabLock(LabLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

LabLock::~LabLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace patchbay
