// What happens in a load, put down in its report. Both protocols are counted by the same rules.
#pragma once

#include <cstdint>

#include "patchbay/base/time.hpp"
#include "patchbay/tools/bench_options.hpp"
#include "patchbay/tools/bench_report.hpp"

namespace patchbay {

// The loop's clock, read now: a turn may last longer than what is measured.
Instant bench_now();

// What ends the other half of a conversation that is over.
inline Error bench_finished() { return Error(Fault::cancelled, "go on"); }

// One for each loop. A request counts when it is due within the time that counts: after the
// warm-up, and before the end, up to which requests are made. Its answer may come later.
class BenchTally {
 public:
  BenchTally(const BenchOptions& options, BenchReport& report)
      : options_(options), report_(report) {}

  // The load begins now, with its warm-up.
  void start();
  Instant started() const { return begin_ - options_.warmup; }
  Instant end() const { return end_; }
  // Does it count, what was due then? Of what was asked before the end.
  bool counts(Instant due) const { return due >= begin_; }

  void asked(Instant due, std::uint64_t requests = 1) {
    if (counts(due)) report_.requests += requests;
  }
  void answered(Instant due, Instant now);
  void lost(Instant due) {
    if (counts(due)) report_.count(BenchFault::lost);
  }

  void connect_failed(const Error& error);
  // Both halves of a conversation may notice its end, which counts once: `failed` is its note of
  // that. To be cancelled is no failure.
  void talk_failed(bool& failed, const Error& error);
  void talk_failed(bool& failed, BenchFault fault);

  // The load is over, now or since `at`. What a cancel left on its way is no failure of the peer.
  void stop(bool cancelled) { stop(cancelled, bench_now()); }
  void stop(bool cancelled, Instant at);

 private:
  const BenchOptions& options_;
  BenchReport& report_;
  Instant begin_{};  // of the time that counts
  Instant end_{};
};

}  // namespace patchbay
