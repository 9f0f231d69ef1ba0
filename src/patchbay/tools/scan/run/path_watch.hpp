// PathWatch: whether a path loses what is sent at this pace, while a round goes on; and a pace that
// it does not.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include "patchbay/base/time.hpp"
#include "patchbay/tools/scan/run/token_bucket.hpp"
#include "patchbay/tools/scan/scan_plan.hpp"

namespace patchbay {

// Silence may be a firewall's, or loss. So while there is some of it, ports that have just said
// that they are closed are asked once more now and then, as canaries: nothing but loss keeps them
// from saying it again. When many do not, the pace is halved. Where more comes through then, it
// stays so and may be halved again; where as much is lost as before, pace has no part in that, and
// it is what it was. A path that loses nothing any more is asked faster from time to time, up to no
// limit at all.
class PathWatch {
 public:
  // Does not slow down below `least_per_second`.
  explicit PathWatch(double least_per_second);

  // The pace, as of a TokenBucket; each probe takes one.
  void refill(Instant now) { pace_.refill(now); }
  bool has_one() const { return pace_.has_one(); }
  Instant next_at(Instant now) const { return pace_.next_at(now); }
  void take(Instant now);
  // Probes a second that it has slowed down to.
  std::optional<double> slowed_to() const { return slowed_to_; }

  // A first answer that the port is closed, and how many probes nobody has answered in time.
  void answered(ScanTarget target);
  void silent(std::uint64_t count) {
    silent_ += count;
    if (answered_ + silent_ >= k_seen_at_a_time) weigh_silence();
  }

  // Whom to ask once more now, if anybody.
  std::optional<ScanTarget> next_canary(Instant now);
  // An answer to what may have been a canary: was it one that nobody had heard yet?
  bool heard(ScanTarget target);
  // It was not sent. Whether it was a canary that nobody had heard yet.
  bool take_back(ScanTarget target);
  // What was sent before has been waited for.
  void expire(Instant before, Instant now) {
    if (!on_the_way_.empty()) count(before, now);
  }

 private:
  static constexpr std::uint64_t k_seen_at_a_time = 2048;

  struct Canary {
    ScanTarget target;
    Instant sent;
    bool heard = false;
  };

  void weigh_silence();
  void count(Instant before, Instant now);
  void judge(Instant now);
  void slow_down(double loss, Instant now);
  void go_at(std::optional<double> per_second, Instant now);

  const double least_per_second_;
  TokenBucket pace_;
  std::optional<double> slowed_to_;

  // Whether there is silence at all.
  std::uint64_t answered_ = 0;
  std::uint64_t silent_ = 0;
  bool is_suspicious_ = false;

  std::array<ScanTarget, 64> lately_{};  // that answered; the first `known_` of them
  std::size_t known_ = 0;
  std::size_t next_known_ = 0;  // to be replaced
  std::size_t next_asked_ = 0;
  unsigned since_canary_ = 0;
  std::deque<Canary> on_the_way_;  // or heard, and not counted yet: those that are lost take longer

  // At this pace.
  Instant began_{};
  std::uint64_t sent_ = 0;
  std::uint64_t heard_ = 0;
  std::uint64_t lost_ = 0;

  struct Before {
    std::optional<double> slowed_to;
    double loss;
  };
  std::optional<Before> before_;  // it slowed down, whose use is not known yet
  double loss_of_any_pace_ = 0;   // that slowing down has not helped against
};

}  // namespace patchbay
