#include "patchbay/tools/scan/run/time_left.hpp"

#include <algorithm>

namespace patchbay {

namespace {

constexpr std::uint64_t k_enough_asked = 100;
constexpr Duration k_first_look = 500ms;

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

double share(std::uint64_t some, std::uint64_t all) {
  return all == 0 ? 1 : std::min(1.0, static_cast<double>(some) / static_cast<double>(all));
}

// Targets of which it is known whether they answer at once.
std::uint64_t decided(const RoundSoFar& round) {
  return round.position - std::min(round.waiting, round.position);
}

// The share of all that later rounds ask. Of what the first one has not come to yet, as many will
// be silent as of what it has.
double silent_share(const RoundSoFar& round) {
  if (round.number > 1) return 1 - share(round.settled, round.positions);
  return decided(round) == 0 ? 1 : 1 - share(round.settled, decided(round));
}

double silent(const RoundSoFar& round) {
  return silent_share(round) * static_cast<double>(round.positions);
}

// Seconds for each probe of that stretch, or zero where it was too short to tell.
double average(const RoundPace& pace) {
  if (pace.asked < k_enough_asked) return 0;
  return seconds(pace.lasted) / static_cast<double>(pace.asked);
}

// … for each that nobody answers. Those that were answered took no longer than the others.
double of_silence(const RoundSoFar& round) {
  return std::max({1 / round.ceiling, average(round.pace), average(round.last)});
}

double left_of_round(const RoundSoFar& round) {
  if (!round.asks) return 0;
  const auto rest =
      static_cast<double>(round.positions - std::min(round.position, round.positions));
  if (round.number > 1) return rest * silent_share(round) * of_silence(round);
  const double asked = share(round.pace.asked, round.pace.passed);
  // An answer makes room for one more that is silent.
  const double unpaid = std::max(0.0, 2 * silent_share(round) - 1);
  const double each = std::max(1 / round.per_second, unpaid / round.ceiling);
  return rest * asked * std::max(average(round.pace), each);
}

// Answers come at the host's own rate, whatever is asked.
std::optional<double> left_of_followed(const RoundSoFar& round) {
  const auto answers = static_cast<double>(round.pace.answers + round.last.answers);
  if (answers == 0) return std::nullopt;
  return silent(round) * seconds(round.pace.lasted + round.last.lasted) / answers;
}

double left_of_rounds(const RoundSoFar& round) {
  const double each = silent(round) * of_silence(round);
  const unsigned more = std::max(round.rounds, round.number) - round.number;
  const unsigned hurried = std::min(round.hurried, more);
  const double waited = seconds(round.tail);
  return left_of_round(round) + seconds(round.wait) + (round.asks ? waited : 0) +
         hurried * std::max(each, seconds(round.patience)) + (more - hurried) * (each + waited);
}

}  // namespace

std::optional<Duration> time_left(const RoundSoFar& round) {
  const bool is_first = round.number == 1 && round.asks;
  if (is_first && (round.pace.lasted < k_first_look || decided(round) == 0)) return std::nullopt;
  const auto left = round.follows ? left_of_followed(round) : left_of_rounds(round);
  if (!left) return std::nullopt;
  constexpr double k_most = 100.0 * 365 * 24 * 3600;  // whoever reads it does not wait longer
  const std::chrono::duration<double> bounded(std::min(*left, k_most));
  return std::chrono::duration_cast<Duration>(bounded) + round.afterwards;
}

double done_of(const RoundSoFar& round) {
  if (round.follows) return share(round.settled, round.positions);
  const auto first = static_cast<double>(round.positions);
  const double later = silent(round);
  const double so_far = share(round.position, round.positions);
  const double all = first + (std::max(round.rounds, round.number) - 1) * later;
  const double done =
      round.number == 1 ? first * so_far : first + (round.number - 2 + so_far) * later;
  return all == 0 ? 1 : std::min(1.0, done / all);
}

}  // namespace patchbay
