// Signals as something to wait for, in place of handlers that interrupt anything anywhere.
#pragma once

#include <span>

#include "patchbay/net/stream.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

class Signals {
 public:
  // Blocks `numbers` in the calling thread, and with it in every thread started later, and takes
  // them here. Needs an engine that adopts descriptors.
  static Result<Signals> watch(std::span<const int> numbers);

  // The number of the next one that came.
  Task<Result<int>> next(Deadline deadline = {});

 private:
  explicit Signals(Stream stream) : stream_(std::move(stream)) {}

  Stream stream_;
};

}  // namespace patchbay
