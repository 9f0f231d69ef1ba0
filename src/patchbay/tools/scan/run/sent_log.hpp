// SentLog: when which part of a round was sent, so that the next round does not come too early.
#pragma once

#include <cstdint>
#include <vector>

#include "patchbay/base/time.hpp"

namespace patchbay {

// Positions only grow, in what is noted and in what is asked. Some thousand entries at the most: a
// long round is remembered more coarsely.
class SentLog {
 public:
  void note(std::uint64_t position, Instant now);
  // When the probe at `position` was sent, or a little later.
  Instant sent_by(std::uint64_t position);
  void clear();

 private:
  static constexpr std::size_t k_most_entries = 4096;

  struct Entry {
    std::uint64_t position;  // the first that was sent in this time
    Instant from;
  };

  std::vector<Entry> entries_;
  Duration width_ = 2ms;  // of the time that an entry stands for
  Instant last_{};
  std::size_t cursor_ = 0;
};

}  // namespace patchbay
