#include "patchbay/tools/http/serve_run.hpp"

#include <utility>

#include "patchbay/tools/http/serve_thread.hpp"
#include "patchbay/tools/serve_loops.hpp"
#include "patchbay/tools/serve_stop.hpp"

namespace patchbay {

namespace {

Task<int> serve_thread(ServeState& state, unsigned index) {
  ServeThread thread(state, index);
  int code = exit_ok;
  for (const ServeFault& fault : thread.prepare(state.plan, state.generation.load())) {
    code = state.out.fail(fault.failure, fault.code);
  }
  if (code != exit_ok) co_return code;
  thread.adopt();
  state.enter(index, thread);
  const auto served = co_await thread.serve();
  state.metrics.add(thread.counters());
  if (!served && served.error().fault() != Fault::cancelled) {
    co_return state.out.fail(served.error());
  }
  co_return exit_ok;
}

// Several loops must know the ports before the first of them runs.
std::optional<ServeFault> settle(HttpServePlan& plan) {
  if (plan.threads == 1) return std::nullopt;
  const auto loop = Loop::make();
  if (!loop) return ServeFault{Failure(loop.error())};
  const LoopGuard guard(**loop);
  return ServeListeners().settle(plan.addresses);
}

}  // namespace

int run_http_server(HttpServePlan plan, ReadServePlan read_again, Output& out) {
  if (const auto fault = settle(plan)) return out.fail(fault->failure, fault->code);
  const unsigned threads = plan.threads;
  ServeState state(std::move(plan), std::move(read_again), out);
  const auto ran = run_server_loops(
      {.threads = threads, .takes_hangup = true},
      [&](unsigned index) { return serve_thread(state, index); }, out);
  if (!ran) return out.fail(ran.error());
  state.metrics.tell(out.totals());
  return print_stop(out, *ran, 0);
}

}  // namespace patchbay
