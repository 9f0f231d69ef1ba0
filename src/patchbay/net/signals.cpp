#include "patchbay/net/signals.hpp"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "patchbay/net/loop.hpp"

namespace patchbay {

Result<Signals> Signals::watch(std::span<const int> numbers) {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : numbers) sigaddset(&set, number);
  sigset_t before;
  ::pthread_sigmask(SIG_BLOCK, &set, &before);

  Engine& engine = Loop::current().engine();
  const int descriptor = ::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
  if (descriptor < 0) return Error::from_errno(errno, "watch for signals");
  const auto adopted = engine.adopt(descriptor);
  if (!adopted) {
    ::close(descriptor);
    return adopted.error();
  }
  return Signals(Stream(engine, *adopted), before);
}

Signals::~Signals() {
  if (stream_.is_open()) ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

Task<Result<int>> Signals::next(Deadline deadline) {
  signalfd_siginfo info{};
  const auto read =
      co_await stream_.read_exact(std::as_writable_bytes(std::span(&info, 1)), deadline);
  if (!read) co_return read.error();
  co_return static_cast<int>(info.ssi_signo);
}

}  // namespace patchbay
