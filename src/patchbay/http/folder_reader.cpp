#include "patchbay/http/folder_reader.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string_view>

namespace patchbay {
namespace {

FileKind kind_of_entry(unsigned char type) {
  switch (type) {
    case DT_REG: return FileKind::file;
    case DT_DIR: return FileKind::folder;
    case DT_LNK: return FileKind::link;
    case DT_UNKNOWN: return FileKind::unknown;
    default: return FileKind::special;
  }
}

FileKind kind_of_mode(unsigned mode) {
  switch (mode & S_IFMT) {
    case S_IFREG: return FileKind::file;
    case S_IFDIR: return FileKind::folder;
    case S_IFLNK: return FileKind::link;
    default: return FileKind::special;
  }
}

bool is_dots(std::string_view name) { return name == "." || name == ".."; }

}  // namespace

Result<FileFacts> facts_of(int folder, const char* name) {
  // A file server far away is not asked again for what is known here already.
  constexpr int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
  constexpr unsigned wanted = STATX_TYPE | STATX_MODE | STATX_SIZE | STATX_MTIME;
  struct statx found;
  if (::statx(folder, name, flags, wanted, &found) != 0) {
    return Error::from_errno(errno, "look at").about(name);
  }
  return FileFacts{.kind = kind_of_mode(found.stx_mode),
                   .size_bytes = found.stx_size,
                   .modified = found.stx_mtime.tv_sec,
                   .mode = found.stx_mode & 0777u};
}

Result<std::optional<FolderReader::Name>> FolderReader::next() {
  while (buffer_ != nullptr) {
    if (at_ == end_) {
      const ssize_t count = ::getdents64(folder_->descriptor(), buffer_.get(), buffer_bytes_);
      // The folder was removed while it was read: that is its end.
      if (count == 0 || (count < 0 && errno == ENOENT)) break;
      if (count < 0) return Error::from_errno(errno, "read the folder");
      at_ = 0;
      end_ = static_cast<std::size_t>(count);
    }
    const std::byte* const record = buffer_.get() + at_;
    std::uint16_t length = 0;
    std::memcpy(&length, record + offsetof(dirent64, d_reclen), sizeof length);
    const auto type = static_cast<unsigned char>(record[offsetof(dirent64, d_type)]);
    const auto* const text = reinterpret_cast<const char*>(record + offsetof(dirent64, d_name));
    at_ += length;
    const std::size_t size = ::strnlen(text, length - offsetof(dirent64, d_name));
    if (!is_dots({text, size})) return Name{text, size, kind_of_entry(type)};
  }
  buffer_.reset();
  return std::nullopt;
}

}  // namespace patchbay
