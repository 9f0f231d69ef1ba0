#include "patchbay/http/open_beneath.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace patchbay {

std::expected<OpenedFile, int> open_beneath(int root, const std::string& path, DiskWait wait) {
  open_how how = {};
  how.flags =
      O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK;  // a FIFO without a writer must not hang
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  if (wait == DiskWait::cached) how.resolve |= RESOLVE_CACHED;
  const char* const name = path.empty() ? "." : path.c_str();
  long descriptor;
  do {
    descriptor = ::syscall(SYS_openat2, root, name, &how, sizeof(how));
  } while (descriptor < 0 && errno == EINTR);
  if (descriptor < 0) return std::unexpected(errno);
  OpenedFile opened{.file = std::make_shared<HttpFile>(static_cast<int>(descriptor)), .status = {}};
  if (::fstat(opened.file->descriptor(), &opened.status) != 0) return std::unexpected(errno);
  return opened;
}

int status_of_open_error(int code) {
  switch (code) {
    case EACCES:
    case EPERM: return 403;
    case EMFILE:
    case ENFILE:
    case ENOMEM: return 503;
    case ENOENT:
    case ENOTDIR:
    case ENAMETOOLONG:
    case EILSEQ:
    case EINVAL:  // no name on this file system, as EILSEQ
    case ENXIO:   // a socket, or a device without a driver
    case ENODEV:
    case EXDEV:  // where a link leads is nobody's business
    case ELOOP: return 404;
    default: return 500;
  }
}

namespace {

// With the exception of the segment `open`.
bool has_dotted_segment(std::string_view path, std::string_view open) {
  while (!path.empty()) {
    const std::size_t end = path.find('/');
    const std::string_view segment = path.substr(0, end);
    if (segment.starts_with('.') && segment != open) return true;
    if (end == std::string_view::npos) return false;
    path.remove_prefix(end + 1);
  }
  return false;
}

}  // namespace

bool is_hidden_path(std::string_view path) { return has_dotted_segment(path, ".well-known"); }

bool is_guarded_path(std::string_view path) { return has_dotted_segment(path, {}); }

}  // namespace patchbay
