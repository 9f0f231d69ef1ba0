// Host: a machine of a simulated network. Its tasks are ordinary tasks on an ordinary loop.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/sim/alarm.hpp"
#include "patchbay/net/sim/host_engine.hpp"
#include "patchbay/net/sim/stack.hpp"

namespace patchbay::sim {

class World;

class Host final : private Alarm {
 public:
  // Made by World::host().
  Host(World& world, std::string name, std::vector<InterfaceAddress> addresses,
       LoopOptions options);
  ~Host();
  Host(const Host&) = delete;
  Host& operator=(const Host&) = delete;

  const std::string& name() const { return name_; }
  Loop& loop() { return *its_loop_; }
  // The first of that family; there must be one.
  IpAddress address(Family family = Family::v4) const;
  // What its loop had to tell an operator.
  const std::vector<std::string>& notices() const { return notices_; }

  // --- what it does ------------------------------------------------------------------------------
  // A task that must end: World::run() goes on until all of these have. An error it ends with makes
  // the run a failure. It begins at once.
  void run(Task<> task);
  void run(Task<Result<>> task);
  // A task that goes on until all of those have ended, and is cancelled then, as by Ctrl-C. Any
  // other error is a failure too.
  void serve(Task<> task);
  void serve(Task<Result<>> task);

  // --- what befalls it ---------------------------------------------------------------------------
  // Its programs stand still, also those of a loop that runs by itself; what arrives is
  // acknowledged, and waits for them.
  void pause();
  void resume();
  bool is_paused() const { return paused_; }
  // It loses its power: nothing of it is heard from again, and its tasks end, their operations with
  // `closed` or `cancelled`.
  void kill();
  // It has power again, and new tasks may begin, even while old ones still come to their end.
  // Whoever still believes in an old connection is told that there is none.
  void restart();
  bool is_dead() const { return stack_.is_dead(); }
  // One of its TCP connections, by chance, is reset: both ends hear of it. False: it has none.
  bool reset_connection() { return stack_.reset_connection(); }
  // What it does badly for now; each field may be set at any time, by a call of this each time, for
  // the host has to look at what has changed. In a world without faults nothing comes of it.
  HostFaults& faults();

  // --- for the world -----------------------------------------------------------------------------
  World& world() { return world_; }
  Stack& stack() { return stack_; }
  const std::vector<InterfaceAddress>& addresses() const { return addresses_; }
  void make_ready(Op& op) {
    engine_->make_ready(op);
    wake();
  }
  bool has_tasks() const;
  void cancel_running();
  void cancel_serving();
  const std::vector<std::string>& failures() const { return failures_; }
  // Will its loop do anything by itself, without a packet?
  bool has_deadline() const { return !paused_ && its_loop_->next_turn() != Instant::max(); }
  // After a hang: there are tasks in it that nothing can end.
  void abandon();

  // For a loop that runs by itself and not in turns.
  std::unique_ptr<Loop> give_loop() { return std::move(loop_); }
  void wait(Instant until);

 private:
  // Tasks that are cancelled together.
  struct Tasks final : TaskOwner {
    Tasks(Scope& root, std::size_t& total_of_world)
        : scope(&root, {.owner = this}), total(total_of_world) {}
    void ended(std::coroutine_handle<> frame) override {
      frame.destroy();
      --running;
      --total;
    }
    Scope scope;
    std::size_t running = 0;
    std::size_t& total;
    bool killed = false;  // with its host
  };

  Tasks& main_tasks();
  Tasks& side_tasks();
  void begin(Tasks& tasks, Task<> task);
  Task<> report(const Tasks& tasks, Task<Result<>> task, bool until_cancelled);
  void end_by_kill(std::unique_ptr<Tasks>& tasks);
  void wake();
  void ring() override;  // its turn
  void plan_next_turn();

  World& world_;
  std::string name_;
  std::vector<InterfaceAddress> addresses_;
  std::vector<std::string> notices_;
  std::vector<std::string> failures_;
  Stack stack_;
  HostEngine* engine_;
  std::unique_ptr<Loop> loop_;
  Loop* its_loop_;  // the same, also when somebody else owns it
  std::unique_ptr<Tasks> main_;
  std::unique_ptr<Tasks> side_;
  std::vector<std::unique_ptr<Tasks>> killed_;  // that have not come to their end yet
  Chance openssl_chance_;
  HostFaults no_faults_;  // for a world without any: nobody reads them
  Instant last_turn_{};
  bool paused_ = false;
  bool runs_by_itself_ = false;  // its loop waits, in wait()
  bool woken_ = false;
};

}  // namespace patchbay::sim
