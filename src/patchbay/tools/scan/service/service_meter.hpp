// ServiceMeter: how far -sV has come, and how much longer it may take, from how long ports took.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <vector>

#include "patchbay/base/time.hpp"

namespace patchbay {

// Most ports speak at once, and some are asked for as long as there is patience. So an average
// tells little: what is foretold is how long as many as are asked at a time take for those that are
// left, and how far the last of them is behind the others.
class ServiceMeter {
 public:
  // So many ports, so many of them at a time; none takes longer than `budget`.
  ServiceMeter(std::size_t targets, std::size_t at_once, Duration budget);

  void began(std::size_t index, Instant now) { asked_.emplace(index, now); }
  void ended(std::size_t index, Instant now);

  std::size_t targets() const { return targets_; }
  std::size_t done() const { return done_; }
  // Nothing before the first has ended.
  std::optional<Duration> left(Instant now) const;

 private:
  // Seconds. Those of ports that have ended, and of those that already take longer than all of
  // these.
  std::vector<double> samples(Instant now) const;

  static constexpr std::size_t k_kept = 256;

  const std::size_t targets_;
  const std::size_t at_once_;
  const double budget_;
  std::size_t done_ = 0;
  std::map<std::size_t, Instant> asked_;    // that have not ended, and since when
  std::array<double, k_kept> lately_ = {};  // how long those took that ended last
};

}  // namespace patchbay
