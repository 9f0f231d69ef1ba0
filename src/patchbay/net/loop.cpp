#include "patchbay/net/loop.hpp"

#include <unistd.h>

#include <cstdlib>

#include "patchbay/net/blocking.hpp"
#include "patchbay/net/epoll_engine.hpp"
#include "patchbay/net/resolve.hpp"

namespace patchbay {

namespace {

thread_local Loop* t_current = nullptr;

void write_notice(std::string_view text) {
  std::string line(text);
  line += '\n';
  // Nothing can be done about a stderr that takes no more.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

}  // namespace

Deadline Deadline::after(Duration duration) {
  const Instant now = Loop::current().now();
  return duration > Instant::max() - now ? never() : Deadline(now + duration);
}

LoopGuard::LoopGuard(Loop& loop) : previous_(std::exchange(t_current, &loop)) {}
LoopGuard::~LoopGuard() { t_current = previous_; }

Loop::Loop(std::unique_ptr<Engine> engine, LoopOptions options)
    : options_(std::move(options)),
      engine_(std::move(engine)),
      now_(engine_->now()),
      timers_(now_) {
  if (!options_.notice) options_.notice = write_notice;
  engine_->attach(ready_, counters_);
}

Loop::~Loop() {
  const LoopGuard guard(*this);
  blocking_pool_.reset();  // its threads post here to the last
  resolver_.reset();       // it may hold sockets of the engine
}

Result<std::unique_ptr<Loop>> Loop::make(LoopOptions options) {
  auto engine = EpollEngine::make();
  if (!engine) return engine.error();
  return std::make_unique<Loop>(std::move(*engine), std::move(options));
}

Loop& Loop::current() {
  if (t_current == nullptr) std::abort();
  return *t_current;
}

Resolver& Loop::resolver() {
  if (!resolver_) resolver_ = make_system_resolver();
  return *resolver_;
}

void Loop::set_resolver(std::unique_ptr<Resolver> resolver) { resolver_ = std::move(resolver); }

BlockingPool& Loop::blocking_pool() {
  if (!blocking_pool_) blocking_pool_ = std::make_unique<BlockingPool>(*this);
  return *blocking_pool_;
}

void Loop::post(std::move_only_function<void()> work) {
  {
    const std::lock_guard lock(posted_mutex_);
    posted_.push_back(std::move(work));
  }
  if (!has_posted_.exchange(true)) engine_->wake();
}

bool Loop::run_posted() {
  if (!has_posted_.load(std::memory_order_relaxed) || !has_posted_.exchange(false)) return false;
  std::vector<std::move_only_function<void()>> work;
  {
    const std::lock_guard lock(posted_mutex_);
    work.swap(posted_);
  }
  for (auto& item : work) item();
  return true;
}

void Loop::run(Op& op) {
  begin_turn();
  if (op.outcome == Outcome::none && !op.port->attempt(op)) {
    op.park();
    return;
  }
  ++counters_.resumed;
  op.resume();
}

bool Loop::run_ready() {
  bool ran = run_posted();
  // Only what is ready by now: what becomes ready meanwhile waits until sockets were looked at.
  OpQueue batch = ready_.brief.take();
  while (Op* const op = batch.pop()) {
    ran = true;
    prefetch(op->next_in_queue);
    run(*op);
  }
  // One of these, and the sockets are looked at again: a request waits for one download's piece,
  // not for those of a hundred.
  if (Op* const op = ready_.bulk.pop()) {
    ran = true;
    run(*op);
  }
  return ran;
}

void Loop::update_time() {
  now_ = engine_->now();
  timers_.advance(now_, [this](Timer& timer) {
    ++counters_.timers_fired;
    static_cast<Op&>(timer).end(Outcome::timed_out);
  });
}

Instant Loop::next_turn() const {
  const bool has_work = !ready_.empty() || has_posted_.load(std::memory_order_relaxed);
  return has_work ? now_ : timers_.next();
}

void Loop::wait() {
  engine_->wait(next_turn());
  update_time();
}

}  // namespace patchbay
