#include "patchbay/tools/http/file_source.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "patchbay/net/blocking.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

constexpr Duration k_look_again = 20ms;

}  // namespace

Result<std::unique_ptr<FileSource>> FileSource::open(const std::string& path) {
  // Or a FIFO would hold us up until somebody else opens it.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return Error::from_errno(errno, "read").about(path);
  auto source = std::make_unique<FileSource>(descriptor);
  source->path_ = path;
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0) return Error::from_errno(errno, "read").about(path);
  if (S_ISDIR(status.st_mode)) return Error::from_errno(EISDIR, "read").about(path);
  if (S_ISREG(status.st_mode)) source->size_ = static_cast<std::uint64_t>(status.st_size);
  source->is_unopened_ = S_ISFIFO(status.st_mode);
  source->is_on_disk_ = S_ISREG(status.st_mode) || S_ISBLK(status.st_mode);
  return source;
}

FileSource::~FileSource() {
  if (!stream_) ::close(descriptor_);
}

Task<Result<std::size_t>> FileSource::read(std::span<std::byte> into, Deadline deadline) {
  if (is_on_disk_) co_return co_await read_disk(into);
  if (is_unopened_) {
    if (const auto opened = co_await wait_for_writer(deadline); !opened) co_return opened.error();
    is_unopened_ = false;
  }
  if (const auto done = become_stream(); !done) co_return done.error();
  const auto got = co_await stream_->read(into, deadline);
  if (!got) co_return got.error().about(path_);
  co_return got;
}

// Without a writer a FIFO reads as one that has ended (fifo(7)). poll(2) tells of bytes and of a
// writer who has left again, and nothing tells a reader of one who has come: so it is looked at.
Task<Result<>> FileSource::wait_for_writer(Deadline deadline) const {
  for (;;) {
    pollfd look = {.fd = descriptor_, .events = POLLIN, .revents = 0};
    if (::poll(&look, 1, 0) != 0) co_return ok();
    if (Loop::current().now() >= deadline.at()) {
      co_return Error(Fault::timed_out, "read").about(path_);
    }
    const auto slept = co_await sleep_until(deadline.or_earlier(Deadline::after(k_look_again)));
    if (!slept) co_return slept.error().about(path_);
  }
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
