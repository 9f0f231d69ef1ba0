// HttpSource: content that comes as it is asked for. The body of a request is one, and so is an
// answer that is made while it is sent: whoever reads sets the pace, so nothing piles up.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "patchbay/net/task.hpp"

namespace patchbay {

class HttpSource {
 public:
  virtual ~HttpSource() = default;

  // The next bytes into `into` (not empty): at least one, or 0 at the end, again and again. One
  // task reads at a time, and `into` lives until it has. Faults are those of whatever stands behind
  // it, `timed_out` and `cancelled`; after one there is nothing more to be had.
  virtual Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline deadline = {}) = 0;

  // Whether a read that was cancelled has lost nothing, and may be followed by another.
  virtual bool survives_cancel() const { return false; }

  // The number of bytes in all, where it is known before the first one.
  virtual std::optional<std::uint64_t> size() const { return std::nullopt; }
};

// All of it, or `limit` when it has more than `most` bytes; otherwise the faults of the source.
Task<Result<std::string>> read_all(HttpSource& source, std::size_t most, Deadline deadline = {});

}  // namespace patchbay
