// FolderReader: the names in an open folder, as the file system has them, many in one call; and
// what is to be known about one of them. Everything here blocks: call it off the loop.
#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "patchbay/base/result.hpp"
#include "patchbay/http/http_response.hpp"

namespace patchbay {

enum class FileKind : std::uint8_t {
  unknown,  // the file system did not say: ask facts_of()
  file,
  folder,
  link,     // symbolic, wherever it leads
  special,  // a device, a pipe, a socket: nothing to show to anybody
};

struct FileFacts {
  FileKind kind = FileKind::unknown;
  std::uint64_t size_bytes = 0;
  std::int64_t modified = 0;  // seconds since 1970, UTC
  mode_t mode = 0;            // the permissions, without set-id and sticky bits
};

// Of `name` in this folder itself: a link is not followed. Faults: `storage` where it is gone,
// `permission`.
Result<FileFacts> facts_of(int folder, const char* name);

class FolderReader {
 public:
  struct Name {
    const char* text;  // ends with a zero; valid until the next call
    std::size_t length;
    FileKind kind;
    std::string_view view() const { return {text, length}; }
  };

  // The folder must be open for reading, and at its beginning.
  explicit FolderReader(std::shared_ptr<const HttpFile> folder,
                        std::size_t buffer_bytes = 32 * 1024)
      : folder_(std::move(folder)),
        buffer_(std::make_unique_for_overwrite<std::byte[]>(buffer_bytes)),
        buffer_bytes_(buffer_bytes) {}

  // Nothing at the end; "." and ".." are left out. A name that comes or goes meanwhile may be there
  // or not, all others are there once. Faults: `permission`, `storage`, `system`.
  Result<std::optional<Name>> next();

  int descriptor() const { return folder_->descriptor(); }

 private:
  std::shared_ptr<const HttpFile> folder_;
  std::unique_ptr<std::byte[]>
      buffer_;  // null at the end: what is made of it may be long on its way
  std::size_t buffer_bytes_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
};

}  // namespace patchbay
