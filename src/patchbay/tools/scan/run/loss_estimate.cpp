#include "patchbay/tools/scan/run/loss_estimate.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace patchbay {

namespace {

// What is believed before anything is seen: half a loss in ten and a half exchanges.
constexpr double k_believed_losses = 0.5;
constexpr double k_believed_exchanges = 10.5;
constexpr double k_most_loss = 0.99;

// Of so many that answered, how many did not, if each of their tries fails with `loss`.
double missed_of(double answered, double loss, unsigned tries) {
  const double all_fail = std::pow(loss, tries);
  return answered * all_fail / (1 - all_fail);
}

}  // namespace

std::uint64_t LossEstimate::answers() const {
  return std::accumulate(answers_.begin(), answers_.end(), std::uint64_t{0});
}

std::vector<std::uint64_t> LossEstimate::counts() const {
  std::size_t tries = k_most_tries;
  while (tries > 1 && answers_[tries - 1] == 0) --tries;
  std::vector<std::uint64_t> counts = {samples_, lost_samples_};
  counts.insert(counts.end(), answers_.begin() + 1,
                answers_.begin() + static_cast<std::ptrdiff_t>(tries));
  for (std::uint64_t& count : counts) count = std::min(count, k_most_counted);
  return counts;
}

std::optional<LossEstimate> LossEstimate::of_counts(std::span<const std::uint64_t> counts) {
  const bool is_short = counts.size() >= 2 && counts.size() <= k_most_tries + 1;
  if (!is_short || std::ranges::max(counts) > k_most_counted || counts[1] > counts[0]) {
    return std::nullopt;
  }
  LossEstimate estimate;
  estimate.samples_ = counts[0];
  estimate.lost_samples_ = counts[1];
  std::ranges::copy(counts.subspan(2), estimate.answers_.begin() + 1);
  return estimate;
}

LossEstimate::Seen LossEstimate::seen() const {
  Seen seen;
  if (samples_ != 0) {
    return {.exchanges = static_cast<double>(samples_),
            .losses = static_cast<double>(lost_samples_)};
  }
  for (std::size_t attempt = 1; attempt < k_most_tries; ++attempt) {
    const auto count = static_cast<double>(answers_[attempt]);
    seen.exchanges += count * static_cast<double>(attempt);
    seen.losses += count * static_cast<double>(attempt - 1);
  }
  return seen;
}

double LossEstimate::seen_loss() const {
  const Seen all = seen();
  return all.exchanges > 0 ? all.losses / all.exchanges : 0;
}

LossEstimate LossEstimate::grown(double factor) const {
  LossEstimate later = *this;
  for (std::uint64_t& count : later.answers_) {
    count = static_cast<std::uint64_t>(static_cast<double>(count) * factor);
  }
  return later;
}

double LossEstimate::loss(unsigned tries) const {
  const auto [exchanges, losses] = seen();
  const double answered = samples_ != 0 ? 0 : exchanges - losses;
  // Those that were missed failed in all of their tries, and how many they are follows from the
  // loss: so both are found together, step by step (Dempster, Laird and Rubin 1977).
  double loss =
      std::min(k_most_loss, (losses + k_believed_losses) / (exchanges + k_believed_exchanges));
  for (int step = 0; tries > 1 && step < 200; ++step) {
    const double unseen = missed_of(answered, loss, tries) * tries;
    const double next = std::min(k_most_loss, (losses + unseen + k_believed_losses) /
                                                  (exchanges + unseen + k_believed_exchanges));
    if (std::abs(next - loss) < 1e-9) break;
    loss = next;
  }
  return loss;
}

double LossEstimate::missed(unsigned tries) const {
  if (tries == 0) return 0;
  // That nobody has answered yet does not mean that nobody would.
  const double answered = std::max(1.0, static_cast<double>(answers()));
  return missed_of(answered, loss(tries), tries);
}

}  // namespace patchbay
