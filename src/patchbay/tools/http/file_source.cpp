#include "patchbay/tools/http/file_source.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "patchbay/net/blocking.hpp"
#include "patchbay/net/loop.hpp"

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
  source->is_on_disk_ = S_ISREG(status.st_mode) || S_ISBLK(status.st_mode);
  return source;
}

FileSource::~FileSource() {
  if (!stream_) ::close(descriptor_);
}

Task<Result<std::size_t>> FileSource::read(std::span<std::byte> into, Deadline deadline) {
  if (is_on_disk_) co_return co_await read_disk(into);
  if (const auto done = become_stream(); !done) co_return done.error();
  const auto got = co_await stream_->read(into, deadline);
  if (!got) co_return got.error().about(path_);
  co_return got;
}

// Whoever fills a pipe may never do it: neither a deadline nor a cancel would reach a thread that
// waits for that.
Result<> FileSource::become_stream() {
  if (stream_) return ok();
  Engine& engine = Loop::current().engine();
  const auto adopted = engine.adopt(descriptor_);
  if (!adopted) return adopted.error().about(path_);
  stream_.emplace(engine, *adopted);
  return ok();
}

// The disk may take its time: the loop does not wait for it.
Task<Result<std::size_t>> FileSource::read_disk(std::span<std::byte> into) {
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
