#include "patchbay/net/run.hpp"

#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <span>
#include <system_error>
#include <thread>

#include "patchbay/net/event.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/signals.hpp"

namespace patchbay {

namespace {

// What a signal stops beside the work of its own loop.
using StopOthers = std::function<void()>;

Task<> stop_on_signal(Signals& signals, Scope& work, const StopOthers& stop_others, int& received) {
  const auto first = co_await signals.next();
  if (!first) co_return;
  received = *first;
  work.cancel();
  if (stop_others) stop_others();
  const auto second = co_await signals.next();
  if (second) ::_exit(128 + *second);  // asked twice: whatever still runs is not worth waiting for
}

Task<int> run_beside(TaskGroup& group, Task<int> main, Signals& signals, Scope& work,
                     const StopOthers& stop_others, int& received) {
  group.spawn(stop_on_signal, std::ref(signals), std::ref(work), std::ref(stop_others),
              std::ref(received));
  const int value = co_await main;
  group.cancel();
  co_return value;
}

// `main` has a scope of its own, so that the watch outlives its cancelling.
Task<int> supervise(Task<int> main, Signals& signals, const StopOthers& stop_others,
                    int& received) {
  Scope work(&co_await current_scope());
  main.set_scope(work);
  co_return co_await with_group(run_beside, std::move(main), std::ref(signals), std::ref(work),
                                std::ref(stop_others), std::ref(received));
}

Result<RunResult> run_on(Loop& loop, Task<int> main, const StopOthers& stop_others = {}) {
  ::signal(SIGPIPE, SIG_IGN);
  const LoopGuard guard(loop);
  auto signals = Signals::watch(std::array{SIGINT, SIGTERM});
  if (!signals) return signals.error();
  RunResult result;
  result.value = loop.run(supervise(std::move(main), *signals, stop_others, result.signal));
  return result;
}

// The code to exit with, after an error was told.
int tell(const Error& error) {
  std::fflush(stdout);  // what the program said before comes first
  fmt::print(stderr, "{}\n", error.describe());
  return 1;
}

Task<int> code_of(Task<Result<>> main) {
  const auto done = co_await main;
  if (done) co_return 0;
  const bool stopped =
      done.error().fault() == Fault::cancelled && (co_await current_scope()).cancelled();
  co_return stopped ? 0 : tell(done.error());
}

// The loops of run_on_threads. Each thread that ends cancels the work of all others.
class Crew {
 public:
  explicit Crew(std::vector<std::unique_ptr<Loop>> loops) : loops_(std::move(loops)) {}

  // The first loop hears the signals, so it goes on until the others have ended: whoever asks a
  // second time is heard as long as anything runs.
  Task<int> work_first(std::function<Task<int>(unsigned)> make) {
    first_work_ = &co_await current_scope();
    if (first_cancelled_) first_work_->cancel();
    const int value = co_await make(0);
    first_work_ = nullptr;
    cancel_others();
    co_await others_ended_.wait_regardless();
    co_return value;
  }
  int run_other(const std::function<Task<int>(unsigned)>& make, unsigned index) {
    const int value = loops_[index]->run(make(index));
    cancel_others();
    loops_[0]->post([this] {
      cancel_first();
      if (--others_ == 0) others_ended_.set();
    });
    return value;
  }
  void cancel_others() {
    for (const auto& loop : std::span(loops_).subspan(1)) {
      loop->post([&loop = *loop] { loop.root().cancel(); });
    }
  }
  Loop& first_loop() { return *loops_[0]; }

 private:
  // Its work alone: what watches for signals beside it goes on.
  void cancel_first() {
    first_cancelled_ = true;
    if (first_work_ != nullptr) first_work_->cancel();
  }

  std::vector<std::unique_ptr<Loop>> loops_;
  // Known to the first loop.
  Scope* first_work_ = nullptr;
  bool first_cancelled_ = false;
  std::size_t others_ = loops_.size() - 1;  // that have not ended
  Event others_ended_{others_ == 0};
};

}  // namespace

Result<RunResult> run(Task<int> main, LoopOptions options) {
  auto loop = Loop::make(std::move(options));
  if (!loop) return loop.error();
  return run_on(**loop, std::move(main));
}

int run_main(Task<int> main, LoopOptions options) {
  const auto result = run(std::move(main), std::move(options));
  if (!result) return tell(result.error());
  std::fflush(stdout);
  return result->signal != 0 ? 128 + result->signal : result->value;
}

int run_main(Task<Result<>> main, LoopOptions options) {
  return run_main(code_of(std::move(main)), std::move(options));
}

Result<RunResult> run_on_threads(unsigned count, std::function<Task<int>(unsigned)> make,
                                 LoopOptions options) {
  std::vector<std::unique_ptr<Loop>> loops;
  for (unsigned i = 0; i < count; ++i) {
    auto loop = Loop::make(options);
    if (!loop) return loop.error();
    loops.push_back(std::move(*loop));
  }
  Crew crew(std::move(loops));
  std::vector<int> values(count);
  Result<RunResult> result;
  sigset_t before;
  {
    // Blocked before the first thread starts, so that every thread inherits it and only the first,
    // which watches for them, gets the signals.
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    ::pthread_sigmask(SIG_BLOCK, &set, &before);
    std::vector<std::jthread> threads;
    try {
      for (unsigned i = 1; i < count; ++i) {
        threads.emplace_back([&, i] { values[i] = crew.run_other(make, i); });
      }
      // The others hear of a signal at once: the first may take its time to end.
      result = run_on(crew.first_loop(), crew.work_first(make), [&crew] { crew.cancel_others(); });
    } catch (const std::system_error& error) {  // the limit of threads
      result = Error::from_errno(error.code().value(), "start a thread");
    }
    if (!result) crew.cancel_others();
  }
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (!result) return result;
  for (const int value : values) {
    if (result->value == 0) result->value = value;
  }
  return result;
}

}  // namespace patchbay
