// HttpBenchDue: which requests of one connection are due, in a closed loop and in an open one.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "patchbay/tools/bench_schedule.hpp"
#include "patchbay/tools/bench_tally.hpp"
#include "patchbay/tools/http_bench/http_bench_options.hpp"

namespace patchbay {

class HttpBenchDue {
 public:
  // All of these outlive it; the tally has started. `index` of `share.connections`.
  HttpBenchDue(const BenchOptions& share, std::size_t index, BenchTally& tally,
               HttpBenchQuota& quota)
      : open_(share.rate.has_value()), tally_(tally), quota_(quota) {
    if (!open_) return;
    schedule_ = BenchSchedule(tally.started(), *share.rate, index, share.connections);
    if (!share.requests) return;
    // In the order in which they are due, a connection's are `index`, `index + connections`, ….
    const std::uint64_t requests = *share.requests;
    most_ = requests / share.connections + (index < requests % share.connections ? 1 : 0);
  }

  // Takes up to `room` requests that are due now, and counts them as asked: they have the numbers
  // from claimed() before the call up to claimed() after it.
  std::uint64_t claim(std::uint64_t room, Instant now) {
    std::uint64_t due = 0;
    if (!open_) {
      if (now >= tally_.end()) return 0;
      due = quota_.take(room);
      tally_.asked(now, due);
      closed_due_ = now;
    } else if (now < tally_.end() + k_grace) {
      for (; due < room; ++due) {
        if (ends_before(claimed_ + due) || schedule_.due(claimed_ + due) > now) break;
        tally_.asked(schedule_.due(claimed_ + due));
      }
    }
    claimed_ += due;
    return due;
  }
  std::uint64_t claimed() const { return claimed_; }

  // When a request was due; in a closed loop, one of those that were claimed last.
  Instant due_of(std::uint64_t number) const { return open_ ? schedule_.due(number) : closed_due_; }

  // When to look again, where nothing is due now. Nothing: the load is over. The time goes on
  // without anything due, since a rate is by all of it.
  std::optional<Instant> next(Instant now) const {
    if (!open_ || now >= tally_.end()) return std::nullopt;
    return ends_before(claimed_) ? tally_.end() : schedule_.due(claimed_);
  }

  // Requests that were due before `now`, and that nobody has claimed: a load that is cancelled owes
  // nothing of the time that it did not have.
  std::uint64_t unsent(Instant now) const {
    std::uint64_t unsent = 0;
    if (!open_) return unsent;
    for (std::uint64_t number = claimed_; !ends_before(number); ++number) {
      const Instant due = schedule_.due(number);
      if (due >= now) return unsent;
      if (tally_.counts(due)) ++unsent;
    }
    return unsent;
  }

  // After the end, for requests that were due just before it while their connection was busy.
  static constexpr Duration k_grace = 100ms;

 private:
  // Is the load of the open loop over before this request?
  bool ends_before(std::uint64_t number) const {
    return number >= most_ || schedule_.due(number) >= tally_.end();
  }

  const bool open_;
  BenchTally& tally_;
  HttpBenchQuota& quota_;
  BenchSchedule schedule_;
  std::uint64_t most_ = std::numeric_limits<std::uint64_t>::max();  // requests of the open loop
  std::uint64_t claimed_ = 0;
  Instant closed_due_{};
};

}  // namespace patchbay
