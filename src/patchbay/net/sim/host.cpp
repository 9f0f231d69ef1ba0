#include "patchbay/net/sim/host.hpp"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "patchbay/net/sim/names.hpp"
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
      stack_(world, *this, EventLog::hash_of(name_), world.seed_for(name_)) {
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

void Host::begin(std::unique_ptr<Tasks>& tasks, std::size_t& total, Task<> task) {
  const LoopGuard guard(*loop_);
  loop_->update_time();
  if (!tasks) tasks = std::make_unique<Tasks>(loop_->root(), total);
  ++tasks->running;
  ++total;
  std::move(task).start_owned(tasks->scope);
  wake();
}

// What a host's death or, of a task that only serves, the end of the run has made of it is no
// failure.
Task<> Host::report(Task<Result<>> task, bool until_cancelled) {
  const Result<> result = co_await task;
  if (result || is_dead()) co_return;
  if (until_cancelled && result.error().fault() == Fault::cancelled) co_return;
  failures_.push_back(result.error().describe());
}

void Host::run(Task<> task) { begin(main_, world_.running(), std::move(task)); }
void Host::run(Task<Result<>> task) { run(report(std::move(task), false)); }
void Host::serve(Task<> task) { begin(side_, world_.serving(), std::move(task)); }
void Host::serve(Task<Result<>> task) { serve(report(std::move(task), true)); }

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
  loop_->update_time();
  const std::uint64_t before = loop_->counters().resumed;
  loop_->run_ready();
  const std::uint64_t resumed = loop_->counters().resumed - before;
  if (resumed > 0) world_.note_progress();
  stack_.note(0, resumed);
  stack_.reap();
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
  const Instant earliest = last_turn_ + k_turn;
  for (;;) {
    const Instant limit = woken_ ? earliest : std::max(until, earliest);
    if (woken_ && agenda.now() >= earliest) break;
    if (agenda.next_at() <= limit) {
      agenda.step();
      continue;
    }
    if (limit == Instant::max()) world_.die_of_hang();
    agenda.skip(std::max(agenda.now(), limit));
    break;
  }
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
  const LoopGuard guard(*loop_);
  stack_.lose_power();
  engine_->close_all();
  if (main_) main_->scope.cancel();
  if (side_) side_->scope.cancel();
  paused_ = false;
  wake();
}

void Host::restart() {
  if (main_ && main_->running == 0) main_.reset();
  if (side_ && side_->running == 0) side_.reset();
  stack_.regain_power();
}

}  // namespace patchbay::sim
