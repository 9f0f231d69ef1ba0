// How much longer a scan may take, from how its rounds go.
#pragma once

#include <cstdint>
#include <optional>

#include "patchbay/base/time.hpp"
#include "patchbay/tools/scan/run/round_meter.hpp"

namespace patchbay {

struct RoundSoFar {
  unsigned number = 1;
  bool asks = true;             // there are more
  std::uint64_t position = 0;   // targets that it has done, whether they were to be asked or not
  std::uint64_t positions = 0;  // of a whole round
  std::uint64_t waiting = 0;    // probes that may still be answered
  std::uint64_t settled = 0;    // targets that no later round asks
  double ceiling = 1;           // probes that nobody answers, a second
  double per_second = 1e9;      // all probes
  RoundPace pace{};
  RoundPace last{};       // of the round before; empty where it says nothing of this one
  unsigned rounds = 3;    // there will be, by what is known of loss
  unsigned hurried = 0;   // of those to come, that do not wait for the end of the one before
  Duration patience{};    // two tries of a target are no closer
  Duration tail{};        // a round that was asked is waited for
  Duration wait{};        // before it goes on, or is over
  Duration afterwards{};  // when the last round is over
  bool follows = false;   // a host that holds answers back, for as long as it takes
};

// Nothing before the first round tells anything. What it cannot know is loss that no second try has
// shown yet, and hosts that hold answers back, before they are known to.
std::optional<Duration> time_left(const RoundSoFar& round);

// How much of all that is to be asked has been, between 0 and 1, as it looks now.
double done_of(const RoundSoFar& round);

}  // namespace patchbay
