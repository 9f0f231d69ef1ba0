// Signals as something to wait for, in place of handlers that interrupt anything anywhere.
#pragma once

#include <csignal>
#include <span>

#include "patchbay/net/stream.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

// Move-only; the destructor hands the signals back to whoever had them before.
class Signals {
 public:
  Signals(Signals&&) noexcept = default;
  Signals& operator=(Signals&&) = delete;
  ~Signals();

  // Blocks `numbers` in the calling thread, and with it in every thread started later, and takes
  // them here. Needs an engine that adopts descriptors.
  static Result<Signals> watch(std::span<const int> numbers);

  // The number of the next one that came.
  Task<Result<int>> next(Deadline deadline = {});

 private:
  Signals(Stream stream, const sigset_t& before) : stream_(std::move(stream)), before_(before) {}

  Stream stream_;
  sigset_t before_;  // the thread's mask
};

}  // namespace patchbay
