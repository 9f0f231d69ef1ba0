#include "patchbay/net/sim/host.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "patchbay/net/sim/names.hpp"
#include "patchbay/net/sim/openssl_chance.hpp"
#include "patchbay/net/sim/waiting.hpp"
#include "patchbay/net/sim/world.hpp"

namespace patchbay::sim {

namespace {

// What a turn of a loop takes, at least: so that time passes while tasks only take turns.
constexpr Duration k_turn = 1us;

LoopOptions with_notice(LoopOptions options, std::vector<std::string>& notices) {
  if (!options.notice) {
    options.notice = [&notices](std::string_view text) { notices.emplace_back(text); };
  }
  return options;
}

Interface loopback_interface() {
  Interface made{.name = "lo", .mtu_bytes = 65'536, .up = true, .loopback = true};
  made.addresses = {{IpAddress::loopback(Family::v4), 8}, {IpAddress::loopback(Family::v6), 128}};
  return made;
}

}  // namespace

Host::Host(World& world, std::string name, std::vector<InterfaceAddress> addresses,
           LoopOptions options)
    : Alarm(world.agenda()),
      world_(world),
      name_(std::move(name)),
      addresses_(std::move(addresses)),
      stack_(world, *this, EventLog::hash_of(name_), world.seed_for("host " + name_)),
      openssl_chance_(world.seed_for("openssl " + name_)) {
  stack_.add_nic(loopback_interface(), nullptr);
  for (const InterfaceAddress& each : addresses_) stack_.add_address(each.address);
  auto engine = std::make_unique<HostEngine>(*this);
  engine_ = engine.get();
  loop_ = std::make_unique<Loop>(std::move(engine), with_notice(std::move(options), notices_));
  its_loop_ = loop_.get();
  loop_->set_resolver(world.names().resolver_for(*this));
}

Host::~Host() = default;

IpAddress Host::address(Family family) const {
  const auto found = std::ranges::find(
      addresses_, family, [](const InterfaceAddress& each) { return each.address.family(); });
  if (found == addresses_.end()) std::abort();
  return found->address;
}

// --- tasks ---------------------------------------------------------------------------------------

Host::Tasks& Host::main_tasks() {
  if (!main_) main_ = std::make_unique<Tasks>(its_loop_->root(), world_.running());
  return *main_;
}

Host::Tasks& Host::side_tasks() {
  if (!side_) side_ = std::make_unique<Tasks>(its_loop_->root(), world_.serving());
  return *side_;
}

void Host::begin(Tasks& tasks, Task<> task) {
  const LoopGuard guard(*its_loop_);
  const OpensslChance chance(openssl_chance_);
  its_loop_->update_time();
  if (is_dead()) tasks.scope.cancel();  // a restart() begins with new ones
  ++tasks.running;
  ++tasks.total;
  world_.note_progress();
  std::move(task).start_owned(tasks.scope);
  wake();
}

// What a host's death or, of a task that only serves, the end of the run has made of it is no
// failure.
Task<> Host::report(const Tasks& tasks, Task<Result<>> task, bool until_cancelled) {
  const Result<> result = co_await task;
  if (result || tasks.killed || is_dead()) co_return;
  if (until_cancelled && result.error().fault() == Fault::cancelled) co_return;
  failures_.push_back(result.error().describe());
}

void Host::run(Task<> task) { begin(main_tasks(), std::move(task)); }
void Host::run(Task<Result<>> task) { run(report(main_tasks(), std::move(task), false)); }
void Host::serve(Task<> task) { begin(side_tasks(), std::move(task)); }
void Host::serve(Task<Result<>> task) { serve(report(side_tasks(), std::move(task), true)); }

bool Host::has_tasks() const {
  const auto has_some = [](const std::unique_ptr<Tasks>& tasks) {
    return tasks && tasks->running > 0;
  };
  return has_some(main_) || has_some(side_) || std::ranges::any_of(killed_, has_some);
}

void Host::cancel_running() {
  if (!main_) return;
  const LoopGuard guard(*loop_);
  main_->scope.cancel();
  wake();
}

void Host::cancel_serving() {
  if (!side_) return;
  const LoopGuard guard(*loop_);
  side_->scope.cancel();
  wake();
}

// Their frames cannot be destroyed, since others point into them.
void Host::abandon() {
  [[maybe_unused]] const Tasks* const main = main_.release();
  [[maybe_unused]] const Tasks* const side = side_.release();
  for (auto& tasks : killed_) [[maybe_unused]]
    const Tasks* const killed = tasks.release();
  [[maybe_unused]] const Loop* const loop = loop_.release();
}

// --- turns ---------------------------------------------------------------------------------------

void Host::wake() {
  if (runs_by_itself_) {
    woken_ = true;
    return;
  }
  const Instant next = std::max(world_.now(), last_turn_ + k_turn);
  if (!paused_ && next < when()) set(next);
}

void Host::ring() {
  if (paused_ || runs_by_itself_) return;
  const LoopGuard guard(*loop_);
  const OpensslChance chance(openssl_chance_);
  loop_->update_time();
  engine_->retry_starved();
  const std::uint64_t before = loop_->counters().resumed;
  loop_->run_ready();
  const std::uint64_t resumed = loop_->counters().resumed - before;
  if (resumed > 0) world_.note_progress();
  stack_.note(0, resumed);
  stack_.reap();
  std::erase_if(killed_, [](const auto& tasks) { return tasks->running == 0; });
  last_turn_ = world_.now();
  plan_next_turn();
}

void Host::plan_next_turn() {
  const Instant next = loop_->next_turn();
  if (next == Instant::max()) return cancel();
  set(std::max(next, last_turn_ + k_turn));
}

// Here the loop runs by itself: whatever comes up to its next turn happens meanwhile, the turns of
// other hosts included.
void Host::wait(Instant until) {
  Agenda& agenda = world_.agenda();
  runs_by_itself_ = true;
  world_.note_progress();  // its tasks have run
  const Instant earliest = last_turn_ + k_turn;
  for (;;) {
    Instant limit = woken_ ? earliest : std::max(until, earliest);
    if (paused_) limit = Instant::max();
    if (limit <= agenda.now() && woken_) break;
    const Instant next = agenda.next_at();
    world_.insist_on_going_on(std::min(next, limit));
    if (next <= limit) {
      agenda.step();
      continue;
    }
    agenda.skip(std::max(agenda.now(), limit));
    break;
  }
  engine_->retry_starved();
  woken_ = false;
  runs_by_itself_ = false;
  last_turn_ = agenda.now();
  stack_.reap();
}

// --- faults --------------------------------------------------------------------------------------

void Host::pause() { paused_ = true; }

void Host::resume() {
  paused_ = false;
  wake();
}

void Host::kill() {
  if (is_dead()) return;
  const LoopGuard guard(*its_loop_);
  stack_.lose_power();
  engine_->close_all();
  end_by_kill(main_);
  end_by_kill(side_);
  paused_ = false;
  wake();
}

// Tasks take their time to end, and a host that has power again by then begins with others.
void Host::end_by_kill(std::unique_ptr<Tasks>& tasks) {
  if (!tasks) return;
  tasks->killed = true;
  tasks->scope.cancel();
  killed_.push_back(std::move(tasks));
}

void Host::restart() {
  if (!is_dead()) return;
  end_by_kill(main_);  // those that somebody began without power
  end_by_kill(side_);
  stack_.regain_power();
}

HostFaults& Host::faults() {
  if (!world_.options().faults) return no_faults_;
  wake();  // an accept() may wait for a descriptor that there is from now on
  return stack_.faults();
}

}  // namespace patchbay::sim
