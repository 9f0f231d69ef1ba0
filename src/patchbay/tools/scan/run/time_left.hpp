// How much longer a scan may take, from how its round goes.
#pragma once

#include <cstdint>
#include <optional>

#include "patchbay/base/time.hpp"

namespace patchbay {

struct RoundSoFar {
  unsigned number = 1;
  Duration lasted{};
  std::uint64_t position = 0;   // targets that it has come to, whether they were to be asked or not
  std::uint64_t positions = 0;  // of a whole round
  std::uint64_t answered = 0;   // of all rounds
  std::uint64_t silent = 0;
  double ceiling = 1;         // probes that nobody answers, a second
  Duration patience{};        // a try is waited for, before the next
  unsigned rounds = 3;        // there will be, by what is known of loss
  std::uint64_t answers = 0;  // of this round
  bool follows = false;       // a host that holds answers back, for as long as it takes
};

// Nothing before the round tells anything.
std::optional<Duration> time_left(const RoundSoFar& round);

// How much of the round is done, between 0 and 1.
double done_of(const RoundSoFar& round);

}  // namespace patchbay
