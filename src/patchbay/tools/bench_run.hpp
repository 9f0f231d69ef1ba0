// A load as a command runs it, with what is seen of it meanwhile.
#pragma once

#include "patchbay/tools/bench_threads.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

struct BenchRun {
  BenchOptions options;  // of the whole load
  unsigned threads = 1;
  bool ends_by_time = true;  // so the progress says how much of it has passed
};

// run_bench() with progress on a terminal, and with --stats what each loop did.
Result<> run_bench_shown(const BenchEngine& engine, const BenchRun& run, BenchOutcome& outcome,
                         Output& out);

// User and system time of all threads so far: what the load itself costs.
Duration cpu_of_this_process();

// A note of the first error, if there was one.
void note_first_fault(const BenchReport& report, Output& out);

}  // namespace patchbay
