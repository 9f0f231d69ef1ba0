// Opening files below a folder, so that no name and no link leads out of it: the kernel itself sees
// to that (openat2 with RESOLVE_BENEATH and RESOLVE_NO_MAGICLINKS).
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "patchbay/http/http_response.hpp"

namespace patchbay {

// May it wait for a disk? `cached` fails with EAGAIN where it would have to.
enum class DiskWait : std::uint8_t { cached, allowed };

struct OpenedFile {
  std::shared_ptr<const HttpFile> file;
  struct stat status;

  bool is_folder() const { return S_ISDIR(status.st_mode); }
  bool is_regular() const { return S_ISREG(status.st_mode); }
};

// For reading. `path` is relative to the folder of descriptor `root`, which stays the caller's; ""
// is the folder itself. The error is an errno; a way out of the folder is EXDEV.
std::expected<OpenedFile, int> open_beneath(int root, const std::string& path, DiskWait wait);

// 404, 403, 503 or 500: what a client may know of such an error.
int status_of_open_error(int code);

// Has the path a segment that begins with a dot? ".well-known" (RFC 8615) is none of them.
bool is_hidden_path(std::string_view path);

// The same for writing, where ".well-known" is one as well: who may put a file there may answer in
// the name of the whole site, to a certificate authority for one (RFC 8555 section 8.3).
bool is_guarded_path(std::string_view path);

}  // namespace patchbay
