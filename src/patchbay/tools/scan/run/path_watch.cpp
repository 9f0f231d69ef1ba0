#include "patchbay/tools/scan/run/path_watch.hpp"

#include <algorithm>
#include <utility>

namespace patchbay {

namespace {

constexpr double k_unlimited = 1e9;
constexpr double k_most_per_second = 1e7;   // nobody sends faster
constexpr std::uint64_t k_suspicious = 50;  // one in so many is silent
constexpr unsigned k_probes_each = 32;      // of which one is a canary
constexpr std::size_t k_most_on_the_way = 1024;
constexpr std::uint64_t k_canaries_at_a_time = 128;  // that a judgement takes
constexpr double k_much = 0.15;                      // of them lost
constexpr double k_little = 1.0 / 32;

BucketSize burst_of(double per_second) {
  const double burst = std::max(16.0, per_second / 100);
  return {.saved = burst, .most = burst};
}

}  // namespace

PathWatch::PathWatch(double least_per_second)
    : least_per_second_(least_per_second), pace_(k_unlimited, burst_of(k_unlimited)) {}

void PathWatch::take(Instant now) {
  if (sent_++ == 0) began_ = now;
  ++since_canary_;
  pace_.take();
}

void PathWatch::answered(ScanTarget target) {
  lately_[next_known_] = target;
  next_known_ = (next_known_ + 1) % lately_.size();
  known_ = std::min(known_ + 1, lately_.size());
  ++answered_;
}

void PathWatch::weigh_silence() {
  is_suspicious_ = silent_ * k_suspicious >= answered_ + silent_;
  answered_ = silent_ = 0;
}

// --- canaries ------------------------------------------------------------------------------------

std::optional<ScanTarget> PathWatch::next_canary(Instant now) {
  const bool wanted = is_suspicious_ || slowed_to_;
  if (!wanted || since_canary_ < k_probes_each) return std::nullopt;
  since_canary_ = 0;
  if (known_ < lately_.size() || on_the_way_.size() == k_most_on_the_way) return std::nullopt;
  const ScanTarget target = lately_[next_asked_];
  // As long as few answer, those that do are not asked again and again.
  if (std::ranges::find(on_the_way_, target, &Canary::target) != on_the_way_.end()) {
    return std::nullopt;
  }
  next_asked_ = (next_asked_ + 1) % lately_.size();
  on_the_way_.push_back({.target = target, .sent = now});
  return target;
}

bool PathWatch::heard(ScanTarget target) {
  const auto found = std::ranges::find(on_the_way_, target, &Canary::target);
  if (found == on_the_way_.end() || found->heard) return false;
  found->heard = true;
  return true;
}

bool PathWatch::take_back(ScanTarget target) {
  return std::erase_if(on_the_way_, [&](const Canary& canary) {
           return canary.target == target && !canary.heard;
         }) != 0;
}

void PathWatch::count(Instant before, Instant now) {
  while (!on_the_way_.empty() && on_the_way_.front().sent < before) {
    ++(on_the_way_.front().heard ? heard_ : lost_);
    on_the_way_.pop_front();
    judge(now);
  }
}

// --- the pace ------------------------------------------------------------------------------------

void PathWatch::judge(Instant now) {
  const std::uint64_t all = heard_ + lost_;
  if (all < k_canaries_at_a_time) return;
  const double loss = static_cast<double>(lost_) / static_cast<double>(all);
  if (before_) {
    const Before before = *std::exchange(before_, std::nullopt);
    const bool helps = 1 - loss >= 1.5 * (1 - before.loss) || loss <= before.loss / 2;
    if (!helps) {
      loss_of_any_pace_ = std::max(loss, before.loss);
      return go_at(before.slowed_to, now);
    }
  }
  if (loss > std::max(k_much, 1.5 * loss_of_any_pace_)) return slow_down(loss, now);
  if (!slowed_to_ || loss > k_little) return go_at(slowed_to_, now);
  const double faster = 1.5 * *slowed_to_;
  go_at(faster < k_most_per_second ? std::optional(faster) : std::nullopt, now);
}

void PathWatch::slow_down(double loss, Instant now) {
  const double lasted = std::chrono::duration<double>(now - began_).count();
  const double measured = lasted > 0 ? static_cast<double>(sent_) / lasted : k_unlimited;
  const double pace = std::max(least_per_second_, measured / 2);
  // A host with a limit lets less through than the least pace: slowing down does not help there.
  const bool helps = pace < measured && (1 - loss) * measured >= least_per_second_;
  if (!helps) return go_at(slowed_to_, now);
  before_ = {.slowed_to = slowed_to_, .loss = loss};
  go_at(pace, now);
}

// What is on its way was sent at another pace and tells nothing of this one.
void PathWatch::go_at(std::optional<double> per_second, Instant now) {
  if (per_second != slowed_to_) {
    on_the_way_.clear();
    const double rate = per_second.value_or(k_unlimited);
    pace_.set_rate(rate, burst_of(rate));
  }
  slowed_to_ = per_second;
  began_ = now;
  sent_ = heard_ = lost_ = 0;
}

}  // namespace patchbay
