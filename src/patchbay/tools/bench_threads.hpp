// One load on several loops, each on a thread of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "patchbay/net/engine.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/tools/bench_options.hpp"
#include "patchbay/tools/bench_report.hpp"

namespace patchbay {

// The load of one loop, such as bench_tcp: its share of the whole, and where to report. A lambda
// may make the coroutine, but not be one.
using BenchEngine = std::function<Task<Result<>>(BenchOptions, BenchReport&)>;

struct BenchProgress {
  std::uint64_t answers;  // since the start, warm-up included
  Duration passed;        // likewise
  Instant now;
};

struct BenchOutcome {
  BenchReport report;
  std::optional<Error> error;      // of the first loop that had no load
  int signal = 0;                  // that cut it short, or 0
  std::vector<Counters> counters;  // of each loop
};

// Shares connections, rate and requests out among `threads` loops, at most one a connection, and
// adds up what they report. The options are those of the whole load. `tell` is called on this
// thread, five times a second. Fails when there is no loop to be had.
Result<> run_bench(const BenchEngine& engine, const BenchOptions& options, unsigned threads,
                   std::function<void(const BenchProgress&)> tell, BenchOutcome& outcome);

}  // namespace patchbay
