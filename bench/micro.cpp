// What the core's own machinery costs, without a socket: the rows that have goals in
// docs/benchmarks.md and a few that explain them.
#include <benchmark/benchmark.h>

#include <functional>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/timer_wheel.hpp"

namespace patchbay {
namespace {

constexpr int k_batch = 1000;  // a loop and its first task are set up once for so many

void timer_arm_cancel(benchmark::State& state) {
  TimerWheel wheel;
  Timer timer;
  Instant when(30s);
  for (auto _ : state) {
    wheel.arm(timer, when);
    wheel.cancel(timer);
    when += 1us;
    benchmark::DoNotOptimize(timer);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(timer_arm_cancel);

Task<> touch(int& value) {
  benchmark::DoNotOptimize(++value);
  co_return;
}

Task<> spawn_many(TaskGroup& group, benchmark::State& state) {
  int value = 0;
  for (auto _ : state) {
    for (int i = 0; i < k_batch; ++i) {
      group.spawn(touch, std::ref(value));
      co_await group.join();
    }
  }
}
void spawn_run_join(benchmark::State& state) {
  auto loop = Loop::make();
  if (!loop) return state.SkipWithError("no loop to be had");
  (*loop)->run(with_group(spawn_many, std::ref(state)));
  state.SetItemsProcessed(state.iterations() * k_batch);
}
BENCHMARK(spawn_run_join);

Task<int> answer() { co_return 42; }
Task<> await_many(benchmark::State& state) {
  for (auto _ : state) {
    for (int i = 0; i < k_batch; ++i) benchmark::DoNotOptimize(co_await answer());
  }
}
void await_ready_task(benchmark::State& state) {
  auto loop = Loop::make();
  if (!loop) return state.SkipWithError("no loop to be had");
  (*loop)->run(await_many(state));
  state.SetItemsProcessed(state.iterations() * k_batch);
}
BENCHMARK(await_ready_task);

Task<> take_turns(benchmark::State& state) {
  for (auto _ : state) {
    const auto turn = co_await yield();
    if (!turn) co_return;
  }
}
void turn_of_the_loop(benchmark::State& state) {
  auto loop = Loop::make();
  if (!loop) return state.SkipWithError("no loop to be had");
  (*loop)->run(take_turns(state));
}
BENCHMARK(turn_of_the_loop);

}  // namespace
}  // namespace patchbay

BENCHMARK_MAIN();
