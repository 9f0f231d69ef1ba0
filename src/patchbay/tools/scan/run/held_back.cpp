#include "patchbay/tools/scan/run/held_back.hpp"

#include <algorithm>

namespace patchbay {

namespace {

constexpr std::uint64_t k_enough_of_a_round = 10;
constexpr std::uint64_t k_enough_of_many = 8;
constexpr std::uint64_t k_enough_where_few_are_silent = 50;
constexpr std::uint32_t k_enough_pairs = 2;

// A path that loses less than three quarters brings less of what it brought before.
bool stays_the_same(std::uint64_t before, std::uint64_t after) { return 4 * after >= 3 * before; }

}  // namespace

HoldsBack holds_back(const AnswersByTry& answers, unsigned rounds) {
  if (rounds < 2 || answers.silent == 0) return HoldsBack::no;
  // The last rounds, and the one before them.
  const std::uint64_t before = rounds == 2 ? answers.first : answers.second;
  const std::uint64_t after = rounds == 2 ? answers.second : answers.later;
  const std::uint64_t rounds_after = rounds < 4 ? 1 : rounds - 2;
  const std::uint64_t each = after / rounds_after;
  if (!stays_the_same(before * rounds_after, after) || answers.silent < 2 * each) {
    return HoldsBack::no;
  }
  const bool are_many = each >= k_enough_of_a_round;
  // Who was away, or wakes up late, is silent to a round and then not any more; but so is a host
  // that counts by the second, and then to most of what it is asked.
  if (before == 0) {
    return rounds >= 4 && are_many && answers.silent >= 8 * each ? HoldsBack::surely
                                                                 : HoldsBack::no;
  }
  if (rounds >= 4 && are_many && answers.silent >= 4 * each) return HoldsBack::surely;
  const bool enough = rounds < 4 ? are_many : after >= k_enough_of_many;
  return enough ? HoldsBack::seemingly : HoldsBack::no;
}

void PairedRounds::add(std::uint32_t answers, bool came_as_late) {
  if (came_as_late && last_ > 0) {
    ++pairs_;
    before_ += last_;
    after_ += std::min(answers, last_);  // who was away for a round has much to say in the next
  }
  last_ = answers;
}

HoldsBack PairedRounds::holds_back(std::uint64_t silent) const {
  if (silent == 0 || pairs_ < k_enough_pairs || !stays_the_same(before_, after_)) {
    return HoldsBack::no;
  }
  const std::uint64_t each = after_ / pairs_;
  if (each >= k_enough_of_a_round && silent >= 4 * each) return HoldsBack::surely;
  const std::uint64_t enough =
      silent >= 2 * each ? k_enough_of_many : k_enough_where_few_are_silent;
  return after_ >= enough ? HoldsBack::seemingly : HoldsBack::no;
}

}  // namespace patchbay
