// Loop: runs the tasks of one thread over one engine. Nothing of a loop is shared with another
// thread, and a task never leaves the loop it began on.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>
#include <utility>
#include <vector>

#include "patchbay/net/buffer_pool.hpp"
#include "patchbay/net/engine.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

class BlockingPool;
class Resolver;

struct LoopOptions {
  // Is told, once per occurrence, what the loop absorbed and an operator should know, such as a
  // full descriptor table. May not block. The default writes a line to stderr.
  std::function<void(std::string_view)> notice = {};
  // How many operations a task may complete one after the other before others get their turn.
  int inline_budget = 32;
  // … and how many bytes it may move with them: a stream that is never drained would otherwise keep
  // its turn for megabytes.
  std::uint64_t inline_bytes = 128 * 1024;
  // False: nothing but a sleep ends by the clock. For tests that must see what a deadline hides.
  bool deadlines = true;
};

class Loop {
 public:
  explicit Loop(std::unique_ptr<Engine> engine, LoopOptions options = {});
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // A loop over epoll. SIGPIPE is ignored from then on, unless the program handles it. Fails when
  // the process has no descriptor left for it.
  static Result<std::unique_ptr<Loop>> make(LoopOptions options = {});

  // The loop that runs on this thread. There is one inside run() and wherever a LoopGuard stands;
  // asking anywhere else is a bug and ends the program.
  static Loop& current();

  // Runs `main` to its end, with everything it started, and returns its value.
  template <class T>
  T run(Task<T> main);

  // Queues `work` to run on the loop's thread. The only function another thread may call.
  void post(std::move_only_function<void()> work);

  // The time of this turn; refreshed whenever the loop has waited.
  Instant now() const { return now_; }
  std::chrono::system_clock::time_point wall_clock() { return engine_->wall_clock(); }
  std::uint64_t random_bits() { return engine_->random_bits(); }

  Engine& engine() { return *engine_; }
  BufferPool& buffers() { return buffers_; }
  Scope& root() { return root_; }
  Resolver& resolver();  // made at the first look-up
  void set_resolver(std::unique_ptr<Resolver> resolver);
  BlockingPool& blocking_pool();  // made at the first use
  const Counters& counters() const { return counters_; }
  void notice(std::string_view text) const { options_.notice(text); }

  // For those who drive a loop themselves, as the simulated world does. Runs what is ready now,
  // once through; true if anything ran.
  bool run_ready();
  // Takes the engine's time and makes ready what is due.
  void update_time();
  // When run_ready() next has something to do without an event: now_ if something is ready already.
  Instant next_turn() const;

 private:
  friend class Op;
  friend class LoopGuard;

  void begin_turn() {
    budget_ = options_.inline_budget;
    bytes_limit_ = counters_.bytes() + options_.inline_bytes;
  }
  bool may_go_on() {
    if (counters_.bytes() >= bytes_limit_) budget_ = 0;
    return --budget_ >= 0;
  }
  bool out_of_turn() const { return budget_ < 0; }
  void wait();
  bool run_posted();
  void run(Op& op);

  LoopOptions options_;
  std::unique_ptr<Engine> engine_;
  Counters counters_;
  ReadyQueue ready_;
  Instant now_{};
  TimerWheel timers_;
  int budget_ = 0;
  std::uint64_t bytes_limit_ = 0;
  Scope root_{nullptr};
  BufferPool buffers_;
  std::unique_ptr<Resolver> resolver_;
  std::unique_ptr<BlockingPool> blocking_pool_;

  std::atomic<bool> has_posted_ = false;
  std::mutex posted_mutex_;
  std::vector<std::move_only_function<void()>> posted_;
};

// Makes `loop` the thread's current one for as long as the guard stands.
class LoopGuard {
 public:
  explicit LoopGuard(Loop& loop);
  ~LoopGuard();
  LoopGuard(const LoopGuard&) = delete;
  LoopGuard& operator=(const LoopGuard&) = delete;

 private:
  Loop* previous_;
};

template <class T>
T Loop::run(Task<T> main) {
  LoopGuard guard(*this);
  update_time();
  main.set_scope(root_);
  begin_turn();
  main.start();
  for (run_ready(); !main.done(); run_ready()) wait();
  return main.take();
}

}  // namespace patchbay
