#include "patchbay/tools/read_secret.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace patchbay {

namespace {

constexpr const char* k_operation = "read";
constexpr std::size_t k_most_bytes = 64 * 1024;

// An open file, closed with this.
struct Open {
  explicit Open(const std::string& path) : descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Open() {
    if (descriptor >= 0) ::close(descriptor);
  }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
  int descriptor;
};

Result<> check_owner_only(int descriptor) {
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0) return Error::from_errno(errno, k_operation);
  if (!S_ISREG(status.st_mode)) return Error(Fault::storage, k_operation, "it is no file");
  if ((status.st_mode & 077U) == 0) return ok();
  return Error(Fault::permission, "keep a secret in", "others may read or change it",
               "chmod 600 the file");
}

}  // namespace

Result<std::string> read_secret_file(const std::string& path) {
  const Open file(path);
  if (file.descriptor < 0) return Error::from_errno(errno, k_operation).about(path);
  if (const auto checked = check_owner_only(file.descriptor); !checked) {
    return checked.error().about(path);
  }
  std::string text(k_most_bytes + 1, '\0');
  std::size_t size = 0;
  for (;;) {
    const ssize_t got = ::read(file.descriptor, text.data() + size, text.size() - size);
    if (got < 0) return Error::from_errno(errno, k_operation).about(path);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (size > k_most_bytes) {
      return Error(Fault::limit, k_operation, "it is longer than 64 KiB").about(path);
    }
  }
  text.resize(size);
  return text;
}

}  // namespace patchbay
