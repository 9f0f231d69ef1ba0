#include "patchbay/tools/scan/run/loss_samples.hpp"

namespace patchbay {

namespace {

constexpr int k_most_looked_at = 65'536;
constexpr std::size_t k_most_samples = 20'000;
// Where fewer are open, closed ones are samples too.
constexpr std::uint64_t k_enough_open = 200;

}  // namespace

std::optional<ScanTarget> LossSamples::next(TargetWalk& walk) {
  const bool open_only = findings_.count(AnswerKind::open) >= k_enough_open;
  for (int looked = 0; looked < k_most_looked_at; ++looked) {
    const auto target = asked_ < k_most_samples ? walk.next() : std::nullopt;
    if (!target) {
      has_all_ = true;
      return std::nullopt;
    }
    const AnswerKind kind = findings_.at(*target);
    const bool fits =
        open_only ? kind == AnswerKind::open : kind == AnswerKind::open || kind == AnswerKind::shut;
    if (!fits || findings_.is_skipped(plan_.host_of(*target))) continue;
    ++asked_;
    waiting_.insert(*target);
    return target;
  }
  return std::nullopt;
}

}  // namespace patchbay
