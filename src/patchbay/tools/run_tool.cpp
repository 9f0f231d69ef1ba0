#include "patchbay/tools/run_tool.hpp"

#include <fmt/format.h>

#include <utility>

#include "patchbay/base/units.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

LoopOptions options_for(Output& out, LoopOptions options = {}) {
  options.notice = [&out](std::string_view text) { out.warn(text); };
  return options;
}

// Prints the counters on the loop's own thread, the only one that may read them while others run.
Task<int> run_counted(Task<int> main, Output& out, unsigned index, unsigned threads) {
  const int code = co_await main;
  print_counters(out, Loop::current().counters(), index, threads);
  co_return code;
}

}  // namespace

int run_tool(Task<int> main, Output& out, LoopOptions options) {
  const auto ran =
      run(run_counted(std::move(main), out, 0, 1), options_for(out, std::move(options)));
  if (!ran) return out.fail(ran.error());
  return ran->signal != 0 ? exit_interrupted : ran->value;
}

Result<RunResult> run_tool_on_threads(unsigned count, std::function<Task<int>(unsigned)> make,
                                      Output& out) {
  return run_on_threads(
      count, [&](unsigned index) { return run_counted(make(index), out, index, count); },
      options_for(out));
}

void print_counters(Output& out, const Counters& counters, unsigned index, unsigned threads) {
  if (!out.stats()) return;
  if (out.json()) {
    out.emit(Record("stats")
                 .count("thread", index)
                 .count("syscalls", counters.syscalls)
                 .count("wakeups", counters.wakeups)
                 .count("events", counters.events)
                 .bytes("in_bytes", counters.bytes_in)
                 .bytes("out_bytes", counters.bytes_out)
                 .count("resumed", counters.resumed)
                 .count("timers_fired", counters.timers_fired));
    return;
  }
  const std::string of = threads > 1 ? fmt::format(" of thread {}", index) : std::string();
  out.note(fmt::format(
      "stats{}: {} system calls, {} wake-ups, {} events, {} in, {} out, "
      "{} tasks resumed, {} timers fired",
      of, counters.syscalls, counters.wakeups, counters.events, format_size(counters.bytes_in),
      format_size(counters.bytes_out), counters.resumed, counters.timers_fired));
}

}  // namespace patchbay
