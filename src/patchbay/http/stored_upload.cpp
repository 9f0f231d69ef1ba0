#include "patchbay/http/stored_upload.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "patchbay/base/text.hpp"

namespace patchbay {

namespace {
constexpr std::size_t k_most_name_bytes = 200;  // of 255: the name for the time being is longer
}

std::expected<std::unique_ptr<StoredUpload>, int> StoredUpload::begin(
    std::shared_ptr<const HttpFile> folder, std::string name, std::uint64_t chance) {
  const std::string working =
      fmt::format(".{}.upload-{:016x}", utf8_prefix(name, k_most_name_bytes), chance);
  const int descriptor =
      ::openat(folder->descriptor(), working.c_str(),
               O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);  // less the umask
  if (descriptor < 0) return std::unexpected(errno);
  return std::unique_ptr<StoredUpload>(
      new StoredUpload(std::move(folder), std::move(name), working, descriptor));
}

StoredUpload::~StoredUpload() {
  if (!finished_) ::unlinkat(folder_->descriptor(), working_.c_str(), 0);
}

std::expected<void, int> StoredUpload::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(file_.descriptor(), bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return std::unexpected(errno);
    bytes.remove_prefix(static_cast<std::size_t>(written));
    bytes_ += static_cast<std::uint64_t>(written);
  }
  return {};
}

std::expected<void, int> StoredUpload::finish(bool replace) {
  if (::fsync(file_.descriptor()) != 0) return std::unexpected(errno);
  const int folder = folder_->descriptor();
  const unsigned flags = replace ? 0 : RENAME_NOREPLACE;
  if (::renameat2(folder, working_.c_str(), folder, name_.c_str(), flags) != 0) {
    return std::unexpected(errno);
  }
  finished_ = true;
  ::fsync(folder);  // the name too; a file system that cannot do that has to be believed
  return {};
}

}  // namespace patchbay
