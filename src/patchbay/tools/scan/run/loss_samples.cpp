#include "patchbay/tools/scan/run/loss_samples.hpp"

#include <algorithm>

namespace patchbay {

namespace {

constexpr int k_most_looked_at = 65'536;
constexpr std::size_t k_most_samples = 20'000;
// Where fewer are open, closed ones are samples too.
constexpr std::uint64_t k_enough_open = 200;

}  // namespace

bool LossSamples::open_only() const { return findings_.count(AnswerKind::open) >= k_enough_open; }

std::uint64_t LossSamples::left() const {
  if (has_all_) return 0;
  std::uint64_t most = findings_.count(AnswerKind::open);
  if (!open_only()) most += findings_.count(AnswerKind::shut);
  most = std::min<std::uint64_t>(most, k_most_samples);
  return most - std::min<std::uint64_t>(most, asked_);
}

std::optional<ScanTarget> LossSamples::next(TargetWalk& walk) {
  const bool is_open_only = open_only();
  for (int looked = 0; looked < k_most_looked_at; ++looked) {
    const auto target = asked_ < k_most_samples ? walk.next() : std::nullopt;
    if (!target) {
      has_all_ = true;
      return std::nullopt;
    }
    const AnswerKind kind = findings_.at(*target);
    const bool fits = is_open_only ? kind == AnswerKind::open
                                   : kind == AnswerKind::open || kind == AnswerKind::shut;
    if (!fits || findings_.is_skipped(plan_.host_of(*target))) continue;
    ++asked_;
    waiting_.insert(*target);
    return target;
  }
  return std::nullopt;
}

}  // namespace patchbay
