// LossEstimate: how many exchanges are lost, and how many answers were missed for it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace patchbay {

// A target that would answer is asked again until it does. From the try that was answered, how many
// exchanges fail can be told, and from that how many targets have failed all of theirs: they look
// silent and are not. Whoever is silent on purpose has no part in it.
class LossEstimate {
 public:
  static constexpr std::size_t k_most_tries = 64;

  // Counts an answer to the `attempt`-th try of a target, the first is 1.
  void answered(unsigned attempt) {
    ++answers_[attempt < k_most_tries ? attempt : k_most_tries - 1];
  }
  // Counts a target that had answered and was asked once more, only to see whether it answers.
  void sampled(bool answered_again) {
    ++samples_;
    if (!answered_again) ++lost_samples_;
  }

  std::uint64_t answers() const;
  std::uint64_t samples() const { return samples_; }

  // After `tries` tries of whoever was silent: the share of exchanges that failed, 0 to 1. It comes
  // from samples where there are some, since one try alone tells nothing. It begins at the belief
  // that some 5 % are lost, which ten answers are enough to change.
  double loss(unsigned tries) const;
  // … and how many targets would have answered and are not known to.
  double missed(unsigned tries) const;
  // The share that was seen to fail, without any belief: what is told.
  double seen_loss() const;
  // As it would be with so many times as many answers of the same kinds.
  LossEstimate grown(double factor) const;

  // For a file, and from one: how many samples, how many of them were lost, and how many answers
  // there were to each try, from the first on. None is above k_most_counted.
  static constexpr std::uint64_t k_most_counted = std::uint64_t{1} << 40;
  std::vector<std::uint64_t> counts() const;
  // Nothing where they are not such.
  static std::optional<LossEstimate> of_counts(std::span<const std::uint64_t> counts);

 private:
  struct Seen {
    double exchanges = 0;
    double losses = 0;
  };
  Seen seen() const;

  std::array<std::uint64_t, k_most_tries> answers_ = {};
  std::uint64_t samples_ = 0;
  std::uint64_t lost_samples_ = 0;
};

}  // namespace patchbay
