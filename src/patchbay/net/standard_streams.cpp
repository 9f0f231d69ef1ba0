#include "patchbay/net/standard_streams.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

int open_beside(int descriptor, int flags) {
  struct stat status{};
  if (::fstat(descriptor, &status) != 0) return -1;
  if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)) {
    const std::string path = fmt::format("/proc/self/fd/{}", descriptor);
    const int opened = ::open(path.c_str(), flags | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (opened >= 0) return opened;
    // Not ours to open (another user's terminal after su): the flag on the shared one is what is
    // left.
    const int shared = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    if (shared >= 0) ::fcntl(shared, F_SETFL, ::fcntl(shared, F_GETFL) | O_NONBLOCK);
    return shared;
  }
  return ::fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
}

Result<Stream> adopt(int standard, int flags, const char* operation) {
  const int descriptor = open_beside(standard, flags);
  if (descriptor < 0) return Error::from_errno(errno, operation);
  Engine& engine = Loop::current().engine();
  const auto adopted = engine.adopt(descriptor);
  if (adopted) return Stream(engine, *adopted);
  ::close(descriptor);
  return adopted.error();
}

}  // namespace

Result<Stream> open_standard_input() {
  return adopt(STDIN_FILENO, O_RDONLY, "open the standard input");
}

Result<Stream> open_standard_output() {
  return adopt(STDOUT_FILENO, O_WRONLY, "open the standard output");
}

}  // namespace patchbay
