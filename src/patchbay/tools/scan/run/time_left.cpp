#include "patchbay/tools/scan/run/time_left.hpp"

#include <algorithm>

namespace patchbay {

double done_of(const RoundSoFar& round) {
  if (round.positions == 0) return 1;
  return static_cast<double>(std::min(round.position, round.positions)) /
         static_cast<double>(round.positions);
}

std::optional<Duration> time_left(const RoundSoFar& round) {
  const double lasted = std::chrono::duration<double>(round.lasted).count();
  if (round.position == 0 || lasted < 0.5) return std::nullopt;
  const auto positions = static_cast<double>(round.positions);
  const double left_of_round =
      static_cast<double>(round.positions - std::min(round.position, round.positions));
  const double rounds_after = round.number < 3 ? 3 - round.number : 0;
  // Of what this round has not come to yet, as many will be silent as of what it has.
  const double asked = positions * (round.number > 1 ? 1 : done_of(round));
  const double silent_share =
      std::clamp(1 - static_cast<double>(round.answered) / std::max(asked, 1.0), 0.0, 1.0);
  const double silent_later =
      round.number > 1 ? static_cast<double>(round.silent) : silent_share * positions;
  // A round begins by waiting for the last one's answers, and says nothing of its pace before it
  // has gone some way.
  const bool has_pace = 50 * round.position > round.positions;
  const double of_round = has_pace ? left_of_round * lasted / static_cast<double>(round.position)
                                   : silent_later / round.ceiling;
  const double seconds = of_round + rounds_after * silent_later / round.ceiling;
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

}  // namespace patchbay
