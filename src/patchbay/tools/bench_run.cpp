#include "patchbay/tools/bench_run.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <string>

#include "patchbay/base/units.hpp"
#include "patchbay/tools/bench_text.hpp"
#include "patchbay/tools/run_tool.hpp"

namespace patchbay {

Result<> run_bench_shown(const BenchEngine& engine, const BenchRun& run, BenchOutcome& outcome,
                         Output& out) {
  const Duration whole = run.options.warmup + run.options.time;
  const std::string length = run.ends_by_time ? " of " + format_duration(whole) : "";
  const auto ran = run_bench(
      engine, run.options, run.threads,
      [&out, &length](const BenchProgress& progress) {
        out.progress(fmt::format("{}{}: {}", format_duration(progress.passed), length,
                                 format_count_rate(per_second(progress.answers, progress.passed))),
                     progress.now);
      },
      outcome);
  if (!ran) return ran;
  const auto loops = static_cast<unsigned>(outcome.counters.size());
  for (unsigned i = 0; i < loops; ++i) print_counters(out, outcome.counters[i], i, loops);
  return ok();
}

Duration cpu_of_this_process() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return of(used.ru_utime) + of(used.ru_stime);
}

void note_first_fault(const BenchReport& report, Output& out) {
  if (!report.first_fault) return;
  out.note(fmt::format("the first error: {}, because {}", report.first_fault->what(),
                       report.first_fault->why()));
}

}  // namespace patchbay
