#include "patchbay/tools/scan/run/held_back.hpp"

namespace patchbay {

namespace {

constexpr std::uint64_t k_enough_of_a_round = 10;
constexpr std::uint64_t k_enough_of_many = 8;

// A path that loses less than four fifths brings less than it did before. Where many answer and most
// are silent, half as much is enough: a host that had time may have saved some for the second round.
bool stays_the_same(std::uint64_t before, std::uint64_t after, std::uint64_t rounds_after) {
  return 4 * after >= 3 * before * rounds_after;
}

}  // namespace

HoldsBack holds_back(const AnswersByTry& answers, unsigned rounds) {
  if (rounds < 2 || answers.silent == 0) return HoldsBack::no;
  // The last rounds, and the one before them.
  const std::uint64_t before = rounds == 2 ? answers.first : answers.second;
  const std::uint64_t after = rounds == 2 ? answers.second : answers.later;
  const std::uint64_t rounds_after = rounds < 4 ? 1 : rounds - 2;
  const std::uint64_t each = after / rounds_after;
  const bool many = rounds >= 4 && each >= k_enough_of_a_round;
  if (many && 2 * each >= before && answers.silent >= 8 * each) return HoldsBack::surely;
  if (!stays_the_same(before, after, rounds_after) || answers.silent < 2 * each) {
    return HoldsBack::no;
  }
  if (many && answers.silent >= 4 * each) return HoldsBack::surely;
  // Who wakes up late is silent to the first.
  const bool enough =
      rounds < 4 ? before > 0 && each >= k_enough_of_a_round : after >= k_enough_of_many;
  return enough ? HoldsBack::seemingly : HoldsBack::no;
}

}  // namespace patchbay
