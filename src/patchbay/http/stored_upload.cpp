#include "patchbay/http/stored_upload.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <mutex>

#include "patchbay/base/text.hpp"
#include "patchbay/http/rename_if_free.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_most_name_bytes = 200;  // of 255: the name for the time being is longer
constexpr int k_most_tries = 8;                 // while other programs make files of that name

// Held while a name is given in this folder, by whichever thread. Some folders share one. A lock of
// this process and not of the file system: whoever may read the folder could hold that (flock) and
// stop all uploads, and over NFS a folder has none.
std::mutex& publishing_in(const struct stat& folder) {
  static std::array<std::mutex, 64> mutexes;
  return mutexes[(folder.st_ino ^ folder.st_dev) % mutexes.size()];
}

}  // namespace

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

std::expected<StoredUpload::Published, int> StoredUpload::finish(
    const std::function<bool(bool taken)>& may) {
  if (::fsync(file_.descriptor()) != 0) return std::unexpected(errno);
  const auto published = publish(may);
  if (!published || *published == Published::refused) return published;
  finished_ = true;
  ::fsync(folder_->descriptor());  // the name too; who cannot do that has to be believed
  return published;
}

std::expected<StoredUpload::Published, int> StoredUpload::publish(
    const std::function<bool(bool taken)>& may) {
  struct stat status;
  const int folder = folder_->descriptor();
  if (::fstat(folder, &status) != 0) return std::unexpected(errno);
  const std::lock_guard alone(publishing_in(status));
  for (int tries = 0; tries < k_most_tries; ++tries) {
    const bool taken = is_taken();
    if (!may(taken)) return Published::refused;
    const int error = taken ? replace() : make();
    if (error == 0) return taken ? Published::replaced : Published::made;
    if (taken || error != EEXIST) return std::unexpected(error);
  }
  return std::unexpected(EEXIST);
}

// By anything: a folder, or a link that leads nowhere.
bool StoredUpload::is_taken() const {
  struct stat status;
  return ::fstatat(folder_->descriptor(), name_.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0;
}

// An errno, or 0.
int StoredUpload::replace() {
  const int folder = folder_->descriptor();
  return ::renameat(folder, working_.c_str(), folder, name_.c_str()) == 0 ? 0 : errno;
}

int StoredUpload::make() {
  return rename_if_free(folder_->descriptor(), working_.c_str(), name_.c_str());
}

}  // namespace patchbay
