#include "patchbay/tools/scan/run/time_left.hpp"

#include <algorithm>

namespace patchbay {

namespace {

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

// Of what the first round has not come to yet, as many will be silent as of what it has.
double silent_later(const RoundSoFar& round) {
  if (round.number > 1) return static_cast<double>(round.silent);
  const auto positions = static_cast<double>(round.positions);
  const double answered_share = static_cast<double>(round.answered) / (positions * done_of(round));
  return std::max(0.0, 1 - answered_share) * positions;
}

}  // namespace

double done_of(const RoundSoFar& round) {
  if (round.positions == 0) return 1;
  return static_cast<double>(std::min(round.position, round.positions)) /
         static_cast<double>(round.positions);
}

std::optional<Duration> time_left(const RoundSoFar& round) {
  const double lasted = seconds(round.lasted);
  if (round.position == 0 || (round.number == 1 && lasted < 0.5)) return std::nullopt;
  const double done = done_of(round);
  // A silent target is asked once a round, and no sooner than its last try was waited for.
  const double each_round = std::max(silent_later(round) / round.ceiling, seconds(round.patience));
  // A later round begins by waiting, or with what was saved up, and says nothing of its own pace
  // before it has gone some way. It is never faster than the ceiling.
  const bool has_pace = done > (round.number > 1 ? 0.2 : 0.02);
  const double at_its_pace = has_pace ? lasted / done : each_round;
  double left = (1 - done) * (round.number > 1 ? std::max(at_its_pace, each_round) : at_its_pace);
  if (round.follows) {
    if (round.answers == 0 || lasted < 1) return std::nullopt;
    left = static_cast<double>(round.silent) * lasted / static_cast<double>(round.answers);
  } else if (round.rounds > round.number) {
    left += (round.rounds - round.number) * each_round;
  }
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(left)) + round.patience;
}

}  // namespace patchbay
