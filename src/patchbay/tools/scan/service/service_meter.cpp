#include "patchbay/tools/scan/service/service_meter.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

namespace patchbay {

namespace {

constexpr std::size_t k_steps = 100;  // of what is summed up

using Samples = std::span<const double>;

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

Duration duration_of(double seconds) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double>(seconds));
}

double sum(Samples values) { return std::accumulate(values.begin(), values.end(), 0.0); }

// How many take longer than this. `samples` are in order.
double longer(Samples samples, double than) {
  const auto first = std::ranges::upper_bound(samples, than);
  return static_cast<double>(samples.end() - first);
}

// The expected time after which all are done, if each is still at it after `x` with the probability
// alive(x), or their product is.
template <class AllDone>
double expected_longest(double most, AllDone all_done) {
  const double step = most / static_cast<double>(k_steps);
  double time = 0;
  for (std::size_t i = 0; i < k_steps; ++i) {
    time += step * (1 - all_done((static_cast<double>(i) + 0.5) * step));
  }
  return time;
}

// Of one that has taken `age` by now, whether it is still at it after `more`.
double alive(Samples samples, double age, double more) {
  const double all = longer(samples, age);
  return all > 0 ? longer(samples, age + more) / all : 0;
}

double left_of(Samples samples, double age) {
  double time = 0;
  for (const double sample : samples) time += std::max(0.0, sample - age);
  const double all = longer(samples, age);
  return all > 0 ? time / all : 0;
}

// How far the last of so many is behind the others, when the next port is nobody's: each is met
// somewhere in its time, and rather in a long one than in a short one (renewal theory).
double behind(Samples samples, std::size_t count) {
  const double all = sum(samples);
  if (all <= 0) return 0;
  const auto done_after = [&](double x) {
    double rest = 0;
    for (const double sample : samples) rest += std::max(0.0, sample - x);
    return std::pow(1 - rest / all, static_cast<double>(count));
  };
  double squares = 0;
  for (const double sample : samples) squares += sample * sample;
  return std::max(0.0, expected_longest(samples.back(), done_after) - squares / (2 * all));
}

}  // namespace

ServiceMeter::ServiceMeter(std::size_t targets, std::size_t at_once, Duration budget)
    : targets_(targets),
      at_once_(std::max<std::size_t>(std::min(at_once, targets), 1)),
      budget_(seconds(budget)) {}

void ServiceMeter::ended(std::size_t index, Instant now) {
  const auto asked = asked_.find(index);
  if (asked == asked_.end()) return;
  lately_[done_++ % k_kept] = seconds(now - asked->second);
  asked_.erase(asked);
}

std::vector<double> ServiceMeter::samples(Instant now) const {
  const Samples kept = Samples(lately_).first(std::min(done_, k_kept));
  std::vector<double> all(kept.begin(), kept.end());
  const double longest = std::ranges::max(all);
  for (const auto& [index, since] : asked_) {
    const double age = seconds(now - since);
    // Of these nothing is known but that they go on: for as long again, or as long as there is.
    if (age > longest) all.push_back(age + std::clamp(budget_ - age, 0.0, age));
  }
  std::ranges::sort(all);
  return all;
}

std::optional<Duration> ServiceMeter::left(Instant now) const {
  if (done_ == targets_) return Duration(0);
  if (done_ == 0) return std::nullopt;
  const std::vector<double> all = samples(now);
  double work = 0;
  for (const auto& [index, since] : asked_) work += left_of(all, seconds(now - since));
  const double of_those_asked = expected_longest(all.back(), [&](double x) {
    double done = 1;
    for (const auto& [index, since] : asked_) done *= 1 - alive(all, seconds(now - since), x);
    return done;
  });
  const std::size_t waiting = targets_ - done_ - asked_.size();
  if (waiting == 0) return duration_of(of_those_asked);
  const double mean = sum(all) / static_cast<double>(all.size());
  work += mean * static_cast<double>(waiting);
  const double of_all = work / static_cast<double>(at_once_) + behind(all, at_once_);
  return duration_of(std::max(of_all, of_those_asked));
}

}  // namespace patchbay
