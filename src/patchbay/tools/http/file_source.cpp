#include "patchbay/tools/http/file_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "patchbay/net/blocking.hpp"

namespace patchbay {

Result<std::unique_ptr<FileSource>> FileSource::open(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return Error::from_errno(errno, "read").about(path);
  auto source = std::make_unique<FileSource>(descriptor);
  source->path_ = path;
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0) return Error::from_errno(errno, "read").about(path);
  if (S_ISDIR(status.st_mode)) return Error::from_errno(EISDIR, "read").about(path);
  if (S_ISREG(status.st_mode)) source->size_ = static_cast<std::uint64_t>(status.st_size);
  return source;
}

FileSource::~FileSource() { ::close(descriptor_); }

// The disk, or whoever fills a pipe, may take its time: the loop does not wait for it.
Task<Result<std::size_t>> FileSource::read(std::span<std::byte> into, Deadline) {
  ssize_t got = 0;
  int code = 0;
  co_await off_loop([&] {
    got = ::read(descriptor_, into.data(), into.size());
    code = errno;
  });
  if (got < 0) co_return Error::from_errno(code, "read").about(path_);
  co_return static_cast<std::size_t>(got);
}

}  // namespace patchbay
